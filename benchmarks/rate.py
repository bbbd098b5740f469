"""How many operations a second Callboard takes and finishes, one by one and in batches, against a bare Celery no-op.

    python -m benchmarks.rate [--rounds 3] [--operations 500]

Each round runs all, in the other order every time; the ratios are of the medians. Latency is of one operation at a
time, from before its submit until its end is seen. CPU time is what the processes used, whatever else the machine did.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from benchmarks.stack import Meter, servers, worker
from callboard.agents import AgentService
from callboard.db import transaction
from callboard.models import ProjectHead
from callboard.operations import Request
from callboard.projects import ProjectService

TEXT = "x" * 160
PROJECTS = 10
PROBES = 20
BATCH = 100
PATIENCE = 120
_ENDED = select(func.sum(ProjectHead.completed + ProjectHead.failed + ProjectHead.cancelled))


@dataclass
class Side:
    """How operations are taken, so many in a transaction; how the ended ones are told, and what was measured."""

    name: str
    worker: str
    submit: Callable[[range], None]
    ended: Callable[[], int]
    together: int = 1
    accepting: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    cpu: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Prints of each side the rate, the latency and the CPU time, and the ratios of the rates."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--operations", type=int, default=500)
    asked, meter = parser.parse_args(), Meter()
    bare, *callboard = sides = (
        Side("bare Celery", "bare", submit_bare, ended_bare),
        Side("one by one", "callboard", submit, ended),
        Side("in batches", "callboard", submit, ended, together=BATCH),
    )
    with servers(meter), worker("benchmarks.bare", "bare", meter), worker("worker.app", "callboard", meter):
        prepare()
        for side in sides:
            run(side, 50)
        for number in range(asked.rounds):
            for side in sides[:: 1 if number % 2 else -1]:
                measure(side, asked.operations, meter)
    for side in sides:
        tell(side, asked.rounds * asked.operations)
    for side in callboard:
        print(f"ratio {side.name} {statistics.median(side.rates) / statistics.median(bare.rates):7.2f}")


def measure(side: Side, count: int, meter: Meter) -> None:
    """One round of a side."""
    before = meter.read(side.worker)
    accepted, over = run(side, count)
    side.accepting.append(count / accepted)
    side.rates.append(count / over)
    side.cpu.update({name: spent - before[name] for name, spent in meter.read(side.worker).items()})
    side.milliseconds += [1000 * run(side, 1, look=0.001)[1] for _ in range(PROBES)]


def run(side: Side, count: int, *, look: float = 0.02) -> tuple[float, float]:
    """Seconds from the first submit until all are accepted and until all have ended, looking every `look` seconds."""
    before, started = side.ended(), time.perf_counter()
    for first in range(0, count, side.together):
        side.submit(range(first, min(first + side.together, count)))
    accepted = time.perf_counter() - started
    while side.ended() < before + count:
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit(f"only {side.ended() - before} of {count} ended within {PATIENCE} s")
        time.sleep(look)
    return accepted, time.perf_counter() - started


def tell(side: Side, operations: int) -> None:
    """Prints what was measured of a side, its CPU time in seconds per 1,000 operations."""
    low, median, high = min(side.rates), statistics.median(side.rates), max(side.rates)
    accepting, alone = statistics.median(side.accepting), statistics.median(side.milliseconds)
    print(f"{side.name:12} {median:7.0f}/s  ({low:.0f} to {high:.0f})", end="  ")
    print(f"accepted {accepting:.0f}/s  one alone {alone:.1f} ms", end="  ")
    cpu = {name: 1000 * spent / operations for name, spent in side.cpu.items()}
    print(
        f"CPU s per 1,000: {sum(cpu.values()):.2f} =", " + ".join(f"{name} {spent:.2f}" for name, spent in cpu.items())
    )


def submit(numbers: range) -> None:
    """Operations of one project that are accepted in one transaction."""
    project = f"project-{numbers.start // len(numbers) % PROJECTS}"
    told = [{"number": number, "text": TEXT} for number in numbers]
    with transaction() as session:
        AgentService(session).submit_all([Request(project, "agent", "digest", parameters=each) for each in told])


def ended() -> int:
    """How many operations have a terminal record, by the counters that each end moves: as cheap with any history."""
    with transaction() as session:
        return int(session.scalar(_ENDED) or 0)


def submit_bare(numbers: range) -> None:
    """Messages of the yardstick's."""
    from benchmarks.bare import digest  # noqa: PLC0415 - it needs the settings that servers() makes

    for number in numbers:
        digest.delay(number, TEXT)


def ended_bare() -> int:
    """How many of the yardstick's tasks have run."""
    from benchmarks.bare import counter  # noqa: PLC0415

    return int(counter.get("bare") or 0)  # type: ignore[arg-type]


def prepare() -> None:
    """Projects and an agent that may perform the capability, which a worker has entered."""
    with transaction() as session:
        AgentService(session).create("Agent", ["digest"])
        for number in range(PROJECTS):
            ProjectService(session).create(f"Project {number}", {"path": "/nowhere"})
    for number in range(PROJECTS):
        with transaction() as session:
            AgentService(session).assign_to_project("agent", f"project-{number}", ["digest"])


if __name__ == "__main__":
    main()
