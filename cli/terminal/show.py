"""How things are told on a terminal: words, times, findings and tables; what came from a project cannot steer it."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from callboard.shapes import AgentProjectOperation
from cli.api import outcome
from cli.terminal.plain import plain

_PLAIN_WIDTH = 1000
_SEVERITIES = {"error": "red", "warning": "yellow", "note": "cyan"}


def console(*, stderr: bool = False) -> Console:
    """A console that breaks no line of a table where nobody looks on."""
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal:
        made.width = max(made.width, _PLAIN_WIDTH)
    return made


def print_json(value: Any) -> None:
    """One JSON document on stdout, and nothing else."""
    typer.echo(json.dumps(value, indent=2 if sys.stdout.isatty() else None))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A table on stdout; cells are texts or styled Text, and `empty` is said where there is no row."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # An id is there to be copied: whatever else wraps, it stays on one line.
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    if table.row_count:
        console().print(table)
    else:
        typer.echo(empty)


def print_facts(facts: Iterable[tuple[str, Any]]) -> None:
    """Names with their values below each other; what has no value is left out."""
    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        if value not in (None, ""):
            grid.add_row(Text(plain(name), style="dim"), value if isinstance(value, Text) else Text(plain(value)))
    console().print(grid)


def print_findings(findings: Sequence[dict[str, Any]]) -> None:
    """Findings as a table: severity, rule, place and message; where some are new, these are marked."""
    columns = ["severity", "rule", "place", "message"]
    rows: list[list[Any]] = [[_severity(item), item["rule"], place(item), item["message"]] for item in findings]
    new = [item.get("state") == "new" for item in findings]
    if any(new):
        columns.insert(1, "")
        for row, is_new in zip(rows, new, strict=True):
            row.insert(1, "new" if is_new else "")
    print_table(columns, rows, empty="no findings")


def place(finding: dict[str, Any]) -> str:
    """Such as `src/shop/cart.py:3`."""
    path, line = finding.get("path") or "", finding.get("line")
    return f"{path}:{line}" if line else path


def outcome_text(operation: AgentProjectOperation) -> Text:
    """The outcome's word in its colour."""
    told = outcome.of(operation)
    return Text(told.word, style=told.style)


def result_of(operation: AgentProjectOperation) -> dict[str, Any]:
    """The operation's result; {} where it has none."""
    return operation.result or {}


def sentence(operation: AgentProjectOperation) -> str:
    """What an operation has to say: its summary, or why it failed."""
    told = result_of(operation).get("summary") or ""
    if operation.error or operation.reason:
        told = ": ".join(part for part in (operation.reason, operation.error) if part)
    return plain(told)


def delta(operation: AgentProjectOperation) -> str:
    """Such as `3 new, 1 fixed`; empty where nothing was compared."""
    counts = result_of(operation).get("delta")
    return f"{counts['new']} new, {counts['fixed']} fixed" if counts else ""


def duration(milliseconds: float | None) -> str:
    """Such as `0.4 s` or `2 min 05 s`; empty for None."""
    if milliseconds is None:
        return ""
    seconds = round(milliseconds / 1000, 1)
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


def moment(time: datetime | None) -> str:
    """A time in this machine's zone, to the second; empty for None."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time else ""


def _severity(finding: dict[str, Any]) -> Text:
    severity = str(finding.get("severity", ""))
    return Text(plain(severity), style=_SEVERITIES.get(severity, ""))
