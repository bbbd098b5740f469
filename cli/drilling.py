"""The drill: submits, kills the worker, wipes Valkey, repeats messages, and counts what became of each operation."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import defer

from callboard import broker, contradictions, db, events
from callboard.broker import Ring
from callboard.errors import AlreadyExistsError
from callboard.lifecycle import TERMINAL, Status
from callboard.models import Operation
from cli.api.client import Client
from cli.stack.demo import SHOP
from cli.stack.local_stack import LocalStack
from cli.terminal.say import say

NAME = "drill"
CAPABILITY = "code_review"
_POLL_SECONDS = 0.2
_STILL_SECONDS = 120
"""What has not ended after so long without any end is counted as lost."""
_PAGE = 500

States = dict[UUID, Operation]


@dataclass
class Step:
    """One step of a recovery, and the seconds that it took from the blow; None while it is not reached."""

    told: str
    is_reached: Callable[[States], bool]
    seconds: float | None = None


@dataclass
class Fault:
    """One blow, how many operations it hit, and how they recovered."""

    name: str
    hit: int
    steps: list[Step]
    struck: float = field(default_factory=time.monotonic)

    def look(self, states: States) -> None:
        """Notes the steps that are reached now."""
        for step in self.steps:
            if step.seconds is None and step.is_reached(states):
                step.seconds = round(time.monotonic() - self.struck, 1)


@dataclass(frozen=True)
class Report:
    """What was promised, and what became of it."""

    accepted: int
    finished: int
    lost: int
    doubled: int
    findings: list[str]
    faults: list[Fault]

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.doubled or self.findings)


def drill(api: Client, stack: LocalStack, count: int) -> Report:
    """Runs `count` operations through three faults and judges them by the events and rows that are then there."""
    _set_up(api)
    with db.transaction() as session:
        _, head = events.bounds(session, NAME)
    work = {"agent_id": NAME, "capability": CAPABILITY}
    ids = [api.submit(NAME, work, once=str(uuid4())).id for _ in range(count)]
    say(f"{count} operations are accepted")
    blows: list[Callable[[States], Fault]] = [
        lambda states: _kill(stack, states),
        lambda states: _wipe(stack, states),
        _repeat,
    ]
    faults: list[Fault] = []
    ended, moved = -1, time.monotonic()
    while True:
        states = _states(ids)
        for fault in faults:
            fault.look(states)
        done = sum(row.status in TERMINAL for row in states.values())
        if done != ended:
            ended, moved = done, time.monotonic()
        if len(faults) < len(blows) and done >= count * (len(faults) + 1) // (len(blows) + 1):
            faults.append(blows[len(faults)](states))
            say(f"{done} have ended: {faults[-1].name}")
        elif done == count or time.monotonic() - moved > _STILL_SECONDS:
            return _judge(ids, head, faults)
        time.sleep(_POLL_SECONDS)


def _set_up(api: Client) -> None:
    project = {"id": NAME, "name": "Drill", "description": "What `callboard drill` works on"}
    agent = {"id": NAME, "name": "Drill", "kind": "tool", "capabilities": [CAPABILITY]}
    for kind, body in (("projects", project | {"source": {"path": str(SHOP)}}), ("agents", agent)):
        try:
            api.send("POST", kind, body=body)
        except AlreadyExistsError:
            continue
    api.send("PUT", "projects", NAME, "agents", NAME, body={"capabilities": [CAPABILITY]})


def _states(ids: list[UUID]) -> States:
    large = [defer(column) for column in (Operation.result, Operation.fingerprints, Operation.parameters)]
    with db.transaction() as session:
        return {row.id: row for row in session.scalars(select(Operation).where(Operation.id.in_(ids)).options(*large))}


def _kill(stack: LocalStack, states: States) -> Fault:
    hit = {row.id: row.attempt for row in states.values() if row.status == Status.RUNNING}

    def are_freed(now: States) -> bool:
        return all(now[id].status != Status.RUNNING or now[id].attempt > attempt for id, attempt in hit.items())

    def went_on(now: States) -> bool:
        return all(now[id].status in TERMINAL or now[id].attempt > attempt for id, attempt in hit.items())

    stack.kill_worker()
    steps = [Step("given back to the queue", are_freed), Step("started again", went_on)]
    return Fault("the worker is killed", len(hit), steps)


def _wipe(stack: LocalStack, states: States) -> Fault:
    hit = {row.id for row in states.values() if row.status == Status.PENDING}

    def went_on(now: States) -> bool:
        return not hit or any(now[id].status != Status.PENDING for id in hit)

    stack.wipe_valkey()
    return Fault("Valkey is wiped", len(hit), [Step("the next one started", went_on)])


def _repeat(states: States) -> Fault:
    for row in states.values():
        rung = Ring.of(row)
        for attempt in {max(1, row.attempt), rung.attempt}:
            broker.send(replace(rung, attempt=attempt))
    return Fault("every message is repeated", len(states), [])


def _judge(ids: list[UUID], head: int, faults: list[Fault]) -> Report:
    states, ends = _states(ids), _ends(head)
    finished = [id for id, row in states.items() if row.status in TERMINAL and ends[str(id)]]
    beyond = sum(count for id, count in ends.items() if UUID(id) not in states)
    doubled = sum(count - 1 for count in ends.values() if count > 1) + beyond
    with db.transaction() as session:
        found, _ = contradictions.reconcile(session, NAME)
    told = [item.told for item in found if item.kind not in contradictions.HARMLESS]
    return Report(len(ids), len(finished), len(ids) - len(finished), doubled, told, faults)


def _ends(head: int) -> Counter[str]:
    """How many terminal events each operation of the project has after the number `head`."""
    ends: Counter[str] = Counter()
    while True:
        with db.transaction() as session:
            frames = events.since(session, NAME, head, _PAGE)
        if not frames:
            return ends
        changed = [frame["payload"]["operation"] for frame in frames if frame["type"] == "agent_operation"]
        ends.update(item["id"] for item in changed if item["status"] in TERMINAL)
        head = frames[-1]["seq"]
