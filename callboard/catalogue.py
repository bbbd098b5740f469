"""The catalogue of capabilities that workers offer, so that the API checks parameters without importing a handler."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError
from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from callboard.capabilities import Capability, Result
from callboard.db import now, seconds
from callboard.errors import InvalidCapabilityError, InvalidParametersError
from callboard.models import CapabilityRow, Worker
from callboard.prepared import hot
from callboard.shapes import storable

COMMAND = "command"
"""The capability that performs every capability of agents of kind `command`."""
_TABLE = cast("Table", CapabilityRow.__table__)
_NEWEST = hot(select(_TABLE).where(_TABLE.c.name == bindparam("named")).order_by(_TABLE.c.seen_at.desc()).limit(1))
ALIVE_SECONDS = 30


@dataclass(frozen=True)
class Definition:
    """What a submit must know of a capability; times are in seconds."""

    name: str
    version: str
    task: str
    queue: str
    timeout: float
    tries: int
    retry_delay: float
    retry_longest: float
    parameters_schema: Mapping[str, Any]

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raises InvalidParametersError naming every wrong field."""
        if storable(parameters) != parameters:
            raise InvalidParametersError("The parameters hold NUL, a lone surrogate, NaN or infinity; leave it out")
        problems = sorted(_validator(json.dumps(self.parameters_schema)).iter_errors(dict(parameters)), key=str)
        if problems:
            fields = [item for problem in problems for item in _told(problem)]
            told = "; ".join(f"{item['field']}: {item['message']}" for item in fields)
            raise InvalidParametersError(
                f"The parameters do not fit {self.name}, version {self.version}: {told}", fields=fields
            )


@lru_cache(maxsize=256)
def described(capability: Capability) -> Mapping[str, Any]:
    """A capability as a row of the catalogue.

    Made once for each: keepers offer the same ones again and again, and a schema takes milliseconds.
    """
    return {
        "name": capability.name,
        "version": capability.version,
        "description": capability.description,
        "parameters_schema": capability.parameters.model_json_schema(),
        "result_schema": Result.model_json_schema(),
        "queue": capability.queue,
        "risk": capability.risk,
        "timeout": capability.timeout,
        "tries": capability.retry.tries,
        "retry_delay": capability.retry.delay,
        "retry_longest": capability.retry.longest,
        "max_running": capability.max_running,
    }


def offer(session: Session, capabilities: Iterable[Capability]) -> None:
    """Enters what a worker offers, or renews it."""
    for row in sorted(map(described, capabilities), key=itemgetter("name")):  # in one order, whoever else does it
        changing = {name: value for name, value in row.items() if name not in ("name", "version")}
        statement = insert(CapabilityRow).values(**row, seen_at=now())
        keys = ["name", "version"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_={**changing, "seen_at": now()}))


def find(session: Session, name: str, *, agent_kind: str = "tool") -> Definition:
    """The definition of a capability, the version seen last. Raises InvalidCapabilityError."""
    task = COMMAND if agent_kind == COMMAND else name
    row = session.connection().execute(_NEWEST, {"named": task}).one_or_none()
    if row is None:
        raise InvalidCapabilityError(
            f"No worker has offered the capability {task!r} yet; start one that has its handler",
            field="capability",
        )
    schema = {"type": "object"} if task == COMMAND else row.parameters_schema
    return Definition(
        name=name,
        version=row.version,
        task=task,
        queue=row.queue,
        timeout=row.timeout,
        tries=row.tries,
        retry_delay=row.retry_delay,
        retry_longest=row.retry_longest,
        parameters_schema=schema,
    )


def listed(session: Session) -> list[tuple[CapabilityRow, list[str]]]:
    """Every capability, newest version each, with the names of the live workers that offer it."""
    newest = select(CapabilityRow).ext(distinct_on(CapabilityRow.name))
    rows = session.scalars(newest.order_by(CapabilityRow.name, CapabilityRow.seen_at.desc())).all()
    alive = workers(session)
    return [(row, [worker.name for worker in alive if row.name in worker.capabilities]) for row in rows]


def queues(session: Session) -> list[str]:
    """The queues of all capabilities."""
    return list(session.scalars(select(CapabilityRow.queue).distinct().order_by(CapabilityRow.queue)))


def online() -> ColumnElement[bool]:
    """The condition that a worker is online and was seen lately."""
    return (Worker.status == "online") & (Worker.seen_at > now() - seconds(ALIVE_SECONDS))


def workers(session: Session, *, alive: bool = True) -> Sequence[Worker]:
    """The workers by name; only those that are online and were seen lately, unless told otherwise."""
    query = select(Worker).order_by(Worker.name)
    if alive:
        query = query.where(online())
    return session.scalars(query).all()


def worker_seen(
    session: Session,
    name: str,
    *,
    capabilities: Sequence[str],
    concurrency: int,
    sandbox: str | None = None,
    deaf: bool = False,
    broker_answers: bool = True,
    starts: bool = False,
) -> None:
    """Notes that a worker lives, what it is, whether it hears, and since when its broker does not answer.

    `starts` says that it has just begun, under a name that may have been another's before.
    """
    facts = {"capabilities": capabilities, "concurrency": concurrency, "sandbox": sandbox}
    facts |= {"status": "deaf" if deaf else "online", "seen_at": now()}
    lost = None if broker_answers else func.coalesce(Worker.broker_lost_at, now())
    renewed = {**facts, "broker_lost_at": lost, **({"started_at": now()} if starts else {})}
    new = {**facts, "name": name, "started_at": now(), "broker_lost_at": None if broker_answers else now()}
    statement = insert(Worker).values(new)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=renewed))


def canary_answered(session: Session, name: str) -> None:
    """Notes that a worker has performed its canary just now."""
    session.execute(update(Worker).where(Worker.name == name).values(canary_at=now()))


def canary_at(session: Session, name: str) -> datetime | None:
    """When a worker performed its last canary."""
    return session.scalar(select(Worker.canary_at).where(Worker.name == name))


def worker_status(session: Session, name: str, status: str) -> None:
    """Notes that a worker is `draining` or `offline`."""
    session.execute(update(Worker).where(Worker.name == name).values(status=status, seen_at=now()))


def _told(problem: ValidationError) -> Iterator[dict[str, str]]:
    """What is wrong with which field, in words that need no knowledge of JSON Schema."""
    place, schema = [*map(str, problem.absolute_path)], cast("Mapping[str, Any]", problem.schema)
    if problem.validator == "additionalProperties" and isinstance(problem.instance, Mapping):
        known = schema.get("properties", {})
        for name in sorted(set(problem.instance) - set(known)):
            message = f"there is no such parameter; known: {', '.join(sorted(known)) or 'none'}"
            yield {"field": ".".join([*place, name]), "message": message}
    elif problem.validator == "pattern" and "description" in schema:
        yield {"field": ".".join(place), "message": f"{problem.instance!r} is not {schema['description']}"}
    else:
        yield {"field": ".".join(place) or "parameters", "message": problem.message}


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))
