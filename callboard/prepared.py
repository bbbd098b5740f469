"""Prepared statements: PostgreSQL plans a hot statement once per connection, and not again for every operation."""

from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from psycopg2.extensions import AsIs
from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.engine import ExceptionContext

_HOT = "prepared"
Statement = TypeVar("Statement", bound=Executable)
_STALE = frozenset({"0A000", "26000"})
"""What PostgreSQL answers when a table has changed under a plan, or the plan is gone."""


class _Plan(NamedTuple):
    name: str
    prepare: str
    execute: str


class _Parts(NamedTuple):
    """The names of a statement's values: those that differ from call to call, with their types, and the others."""

    given: dict[str, str]
    fixed: tuple[str, ...]


_parts: dict[str, _Parts] = {}
_plans: dict[tuple[str, tuple[Any, ...]], _Plan] = {}


def hot(statement: Statement) -> Statement:
    """The statement, marked to be prepared: what it is given by name becomes a parameter of its plan."""
    return statement.execution_options(**{_HOT: True})


def prepare_hot(engine: Engine) -> None:
    """Lets each connection of the engine prepare the hot statements when it first executes them."""
    event.listen(engine, "before_cursor_execute", _execute_prepared, retval=True)
    event.listen(engine, "handle_error", _forget_plans)


def _execute_prepared(
    connection: Connection, cursor: Any, statement: str, parameters: Any, *how: Any
) -> tuple[str, Any]:
    context, many = how
    if many or context is None or not context.execution_options.get(_HOT):
        return statement, parameters
    plan = _plan(cursor, statement, parameters, context)
    known: set[str] = connection.info.setdefault(_HOT, set())
    if plan.name not in known:
        # A plan is kept: made while a table is small, it must fit a large one. The next transaction may scan again.
        cursor.execute(f"SET LOCAL enable_seqscan = off; {plan.prepare}")
        known.add(plan.name)
    return plan.execute, parameters


def _plan(cursor: Any, statement: str, parameters: dict[str, Any], context: Any) -> _Plan:
    parts = _parts.get(statement) or _parts.setdefault(statement, _divided(parameters, context))
    # Fixed values stay in the text: no plan for `status = $1` may use an index of the pending ones.
    key = (statement, tuple(parameters[name] for name in parts.fixed))
    return _plans.get(key) or _plans.setdefault(key, _made(cursor, statement, parameters, parts))


def _divided(parameters: dict[str, Any], context: Any) -> _Parts:
    binds, dialect = context.compiled.binds, context.dialect
    types = {name: binds[name].type for name in parameters if name in binds and binds[name].required}
    given = {name: "unknown" if type._isnull else type.compile(dialect) for name, type in types.items()}
    return _Parts(given, tuple(name for name in parameters if name not in given))


def _made(cursor: Any, statement: str, parameters: dict[str, Any], parts: _Parts) -> _Plan:
    numbered = {name: AsIs(f"${number}") for number, name in enumerate(parts.given, 1)}
    text = cursor.mogrify(statement, {**parameters, **numbered}).decode()
    name = f"callboard_{blake2b(text.encode(), digest_size=8).hexdigest()}"
    types, values = ", ".join(parts.given.values()), ", ".join(f"%({name})s" for name in parts.given)
    return _Plan(name, f"PREPARE {name} ({types}) AS {text}", f"EXECUTE {name} ({values})")


def _forget_plans(context: ExceptionContext) -> None:
    """Has a connection replaced whose plans no longer hold, as after a migration."""
    if getattr(context.original_exception, "pgcode", None) in _STALE:
        context.is_disconnect = True
