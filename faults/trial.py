"""One trial: a fresh stack, a fault injected under load, time to settle, and the judgement."""

import json
import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from faults.judge import judge
from faults.load import ANSWER_SECONDS, Load, Log, submit
from faults.process import Process
from faults.registry import BrokenPromiseError, Fault, SkippedError
from faults.stack import Stack, copied, until

SETTLE_SECONDS = 180.0
LONGEST_ANSWER_SECONDS = 1.5


@dataclass(frozen=True)
class Scale:
    """How large a trial is, and with which settings beside the shipped ones."""

    operations: int = 60
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What is kept of a trial; empty `lost`, `doubled` and `broken` are a pass. It `asked` for so many operations."""

    fault: str
    title: str
    means: str
    seed: int
    asked: int
    operations: int = 0
    terminal: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    recovery: float = 0.0
    refused: int = 0
    unknown: int = 0
    p99: float = 0.0
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not (self.lost or self.doubled or self.broken)


class Trial:
    """What a fault's function works with: the stack, the load, chance by the seed, and the clients' log."""

    def __init__(self, fault: Fault, seed: int, stack: Stack, scale: Scale) -> None:
        self.fault = fault
        self.seed = seed
        self.chance = random.Random(f"{fault.name} {seed}")
        self.operations = scale.operations
        self.stack = stack
        self.servers = stack.servers
        self.log = Log(stack.folder / "clients.jsonl")
        self.notes: list[str] = []
        self._submits = 0

    @property
    def workers(self) -> list[Process]:
        return self.stack.workers

    @property
    def client(self) -> httpx.Client:
        """A client that calls with the admin key."""
        headers = {"Authorization": f"Bearer {self.stack.key}"}
        return httpx.Client(base_url=self.stack.url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False)

    def load(self, operations: int | None = None, *, pause: float = 0.0) -> Load:
        """Submits in the background: as many as the command says, or so many."""
        wanted = self.operations if operations is None else operations
        return Load(self.stack.url, self.stack.key, self.log, operations=wanted, seed=self.seed, pause=pause)

    def submit(self, capability: str = "act", **parameters: Any) -> str:
        """Submits one operation and answers its id."""
        self._submits += 1
        with self.client as client:
            key = f"own-{self.seed}-{self._submits}"
            id = submit(client, self.stack.key, self.log, key=key, capability=capability, parameters=parameters)
        if id is None:
            raise BrokenPromiseError(f"the submit of {capability} was refused")
        return id

    def over(self, what: str) -> None:
        """Marks the moment from which recovery is counted."""
        self.log.write(mark=what)

    def require(self, holds: bool, sentence: str) -> None:
        """Raises BrokenPromiseError with the sentence where something does not hold."""
        if not holds:
            raise BrokenPromiseError(sentence)

    def rows(self, *ids: str) -> list[dict[str, Any]]:
        """The operations of these ids as the table holds them."""
        found = self.servers.query("SELECT to_jsonb(o) FROM operations o WHERE id = ANY(%s::uuid[])", list(ids))
        return [row[0] for row in found]

    def until_running(self, count: int = 1, worker: Process | None = None, seconds: float = 60) -> list[str]:
        """Waits until so many operations run, on this worker where one is given; answers their ids."""
        name = f"{worker.name}@%" if worker else "%"
        statement = "SELECT id::text FROM operations WHERE status = 'running' AND worker LIKE %s"

        def look() -> list[str] | None:
            found = [id for (id,) in self.servers.query(statement, name)]
            return found if len(found) >= count else None

        return until(f"{count} running operations", look, seconds)

    def until_ended(self, *ids: str, seconds: float = 120) -> list[dict[str, Any]]:
        """Waits until these operations have ended; answers them."""

        def look() -> list[dict[str, Any]] | None:
            found = self.rows(*ids)
            return found if all(row["finished_at"] for row in found) else None

        return until("the end of the operations", look, seconds)

    def answers(self) -> list[dict[str, Any]]:
        """What clients got by now: every answer, and every submit of which none is known."""
        entries = [json.loads(line) for line in self.log.path.read_text(encoding="utf-8").splitlines()]
        return [entry for entry in entries if "key" in entry]

    def refusals(self, status: int) -> int:
        """How many submits were answered with this status."""
        return sum(entry.get("status") == status for entry in self.answers())

    def require_unhurried_answers(self) -> None:
        """Raises BrokenPromiseError unless every submit was taken at once, 99 of 100 within 1.5 s."""
        answers = self.answers()
        wrong = [entry for entry in answers if entry.get("status") != 202]
        self.require(not wrong, f"{len(wrong)} submits were not accepted at once, the first: {wrong[:1]}")
        times = sorted(entry["seconds"] for entry in answers)
        p99 = times[max(0, int(len(times) * 0.99) - 1)]
        self.require(p99 <= LONGEST_ANSWER_SECONDS, f"the 99th of 100 submits took {p99:.2f} s")

    def longest_wait(self) -> float:
        """The longest time from an operation's acceptance to its first start, in seconds."""
        statement = """SELECT extract(epoch FROM max(started - accepted)) FROM (
            SELECT min(created_at) AS accepted, min(created_at) FILTER (
                WHERE frame #>> '{payload,operation,status}' = 'running') AS started
            FROM events WHERE operation_id IS NOT NULL GROUP BY operation_id) AS waits"""
        return float(self.servers.query(statement)[0][0] or 0)

    def settle(self) -> None:
        """Waits until nothing is pending or running; what takes longer is left to the judge."""
        open_ones = "SELECT count(*) FROM operations WHERE finished_at IS NULL"
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.servers.query(open_ones)[0][0] and time.monotonic() < deadline:
            time.sleep(0.1)


def run(fault: Fault, seed: int, template: Path, key: str, scale: Scale) -> Result:
    """Runs a fault once, on a copy of the template, and judges it; what went wrong otherwise is `broken`."""
    began = time.monotonic()
    result = Result(fault.name, fault.title, fault.means, seed, scale.operations)
    folder = Path(tempfile.mkdtemp(prefix=f"callboard-{fault.name}-"))
    stack_folder = copied(template, folder / "stack")
    settings = {**fault.settings, **scale.settings}
    with Stack(stack_folder, key, settings=settings, through=fault.through, app=fault.app) as stack:
        trial = Trial(fault, seed, stack, scale)
        try:
            stack.start(fault.workers)
            fault.inject(trial)
        except SkippedError as error:
            result.skipped = str(error)
        except (BrokenPromiseError, TimeoutError) as error:
            result.broken.append(str(error))
        except Exception as error:  # a row that falls over is no pass, and the other rows go on
            where = traceback.extract_tb(error.__traceback__)[-1]
            result.broken.append(f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})")
        if not result.skipped:
            _conclude(trial, result)
    result.seconds = round(time.monotonic() - began, 1)
    if result.passed:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        result.notes.append(f"logs: {stack_folder}")
    return result


def _conclude(trial: Trial, result: Result) -> None:
    try:
        trial.settle()
        found = asdict(judge(trial.log.path, trial.servers.query))
    except Exception as error:
        result.broken.append(f"it could not be judged: {type(error).__name__}: {error}")
        return
    result.operations = found.pop("accepted")
    for name, value in found.items():
        setattr(result, name, value)
    result.notes += trial.notes
