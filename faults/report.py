"""What was measured: kept as JSON lines, told in one line each, and written as the page docs/faults.md."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from faults.trial import Result

_HEAD = """# Faults: what was lost and what was doubled

Each row breaks a running Callboard (real PostgreSQL, Valkey, web process and workers, with the settings that it ships
with) while clients submit operations over HTTP, then lets it settle. A checker that reads only the clients' log and the
database counts the operations that were accepted, those that reached no terminal record (lost), and all that exists
twice: two terminal events, two operations of one key, a window that differs from its table, a gap in the numbers
(doubled). Recovery is the longest time from the end of a fault until everything that had been accepted by then had
ended, queueing included.

Written by `{command}` on {date}. This page holds measured runs only; run it yourself, with more seeds and operations.

| row | fault | seeds | operations | lost | doubled | longest recovery |
|---|---|---|---|---|---|---|
"""
_TAIL = """
## How each fault is made

| row | means |
|---|---|
"""


def read(path: Path) -> list[Result]:
    """The trials that were finished before."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def line(result: Result) -> str:
    """One trial for the terminal."""
    head = f"{result.fault} seed {result.seed}: {result.title}"
    if result.skipped:
        return f"{head} — skipped: {result.skipped}"
    told = f"{result.operations} operations, lost {len(result.lost)}, doubled {len(result.doubled)}"
    wrong = [*result.broken, *result.lost[:3], *result.doubled[:3]]
    numbers = f"{told}, recovery {result.recovery:.1f} s, p99 {result.p99:.2f} s, {result.seconds:.0f} s in all"
    return "; ".join([f"{head} — {'passed' if result.passed else 'BROKEN'}: {numbers}", *wrong, *result.notes])


def write(path: Path, results: Sequence[Result], *, command: str) -> None:
    """The page, from these trials."""
    rows: defaultdict[str, list[Result]] = defaultdict(list)
    for result in sorted(results, key=_place):
        rows[result.fault].append(result)
    date = datetime.now(UTC).date().isoformat()
    lines = [_row(name, trials) for name, trials in rows.items()]
    means = [f"| {name} | {_means(trials)} |" for name, trials in rows.items()]
    page = _HEAD.format(command=command, date=date) + "\n".join(lines) + "\n" + _TAIL + "\n".join(means)
    path.write_text(page + "\n", encoding="utf-8")


def _place(result: Result) -> tuple[int, int]:
    return int(result.fault.strip("F")), result.seed


def _row(name: str, trials: Sequence[Result]) -> str:
    ran = [trial for trial in trials if not trial.skipped]
    title = f"| {name} | {trials[0].title} "
    if not ran:
        return f"{title}| 0 | skipped: {trials[0].skipped} | | | |"
    seeds = ", ".join(str(trial.seed) for trial in ran)
    lost, doubled = sum(len(trial.lost) for trial in ran), sum(len(trial.doubled) for trial in ran)
    recovery = max(trial.recovery for trial in ran)
    operations = sum(trial.operations for trial in ran)
    return f"{title}| {seeds} | {operations} | {lost} | {doubled} | {recovery:.1f} s |"


def _means(trials: Sequence[Result]) -> str:
    """How the fault was made, what was measured beside, and what did not hold."""
    notes = [f"Seed {trial.seed}: {'; '.join(trial.notes)}." for trial in trials if trial.notes and trial.passed]
    broken = [f"**Seed {trial.seed} did not hold: {'; '.join(trial.broken)}.**" for trial in trials if trial.broken]
    return " ".join([trials[0].means, *notes, *broken])
