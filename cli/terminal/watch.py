"""Shows operations while they run: one moving line each on a terminal, else a plain line for each change of status."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from callboard.shapes import AgentProjectOperation
from cli.api import outcome
from cli.api.following import Show
from cli.api.outcome import has_ended
from cli.terminal import show, waits
from cli.terminal.plain import plain
from cli.terminal.say import say


@contextmanager
def watching() -> Iterator[Show]:
    """What `follow` calls for every change, writing to stderr."""
    console = show.console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    with _bars(console) as progress:
        yield _Bars(progress)


class _Lines:
    """A line each time that an operation's status, attempt or reason to wait changes."""

    def __init__(self) -> None:
        self._said: dict[UUID, str] = {}

    def __call__(self, operation: AgentProjectOperation) -> None:
        line = f"{operation.capability} by {operation.agent_id}: {_state(operation)}"
        if self._said.get(operation.id) != line:
            self._said[operation.id] = line
            say(line)


class _Bars:
    """A spinner and a bar for each operation."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[UUID, TaskID] = {}

    def __call__(self, operation: AgentProjectOperation) -> None:
        if operation.id not in self._tasks:
            self._tasks[operation.id] = self._progress.add_task(plain(operation.capability), total=None, state=Text())
        task, far = self._tasks[operation.id], operation.progress
        state = far.text if far and far.text and not has_ended(operation) else _state(operation)
        style = outcome.of(operation).style
        self._progress.update(task, state=Text(plain(state), style=style if has_ended(operation) else ""))
        if has_ended(operation):
            self._progress.update(task, total=1, completed=1)
            self._progress.stop_task(task)
        elif far and far.total:
            self._progress.update(task, total=far.total, completed=far.done)


class _State(ProgressColumn):
    def render(self, task: Task) -> Text:
        """What the operation does, in the colour of its outcome once it has ended."""
        return Text.assemble(task.fields["state"])


def _bars(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        _State(),
    )
    return Progress(*columns, console=console, transient=True)


def _state(operation: AgentProjectOperation) -> str:
    word = show.outcome_text(operation).plain
    attempt = f", attempt {operation.attempt}" if operation.attempt > 1 else ""
    why = waits.told(operation)
    return f"{word}{attempt}" + (f" ({why})" if why else "")
