"""Search in the history's text and parameters, bounded to the newest operations."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from callboard.errors import InvalidError
from callboard.models import Operation

LOOKED_AT = 100_000
"""How many of the newest operations, of the project where one is named, are searched."""


def within(project_id: str | None) -> ColumnElement[bool]:
    """The condition that an operation is among the newest, so that no search reads more than that."""
    ids: Select[UUID] = select(Operation.id)
    if project_id is not None:
        ids = ids.where(Operation.project_id == project_id)
    # An index alone answers this.
    oldest = ids.order_by(Operation.id.desc()).offset(LOOKED_AT).limit(1).scalar_subquery()
    return Operation.id > func.coalesce(oldest, cast("00000000-0000-0000-0000-000000000000", Operation.id.type))


def tells(words: str) -> ColumnElement[bool]:
    """The condition that these words stand in error, summary, capability or ref, or begin the id; any case."""
    try:
        return Operation.id == UUID(words)
    except ValueError:
        summary = Operation.result["summary"].as_string()
        texts = (Operation.error, summary, Operation.capability, Operation.ref)
        told = [text.icontains(words, autoescape=True) for text in texts]
        return or_(*told, cast(Operation.id, Text).istartswith(words, autoescape=True))


def parameter(wanted: str) -> ColumnElement[bool]:
    """The condition that a parameter has a value: `depth:3`, or `limits.size:10` for one inside another.

    Raises InvalidError for what has no colon.
    """
    path, colon, value = wanted.partition(":")
    if not (path and colon):
        raise InvalidError(f"param is {wanted!r}; write it as name:value, or outer.inner:value", field="param")
    at = cast(path.split("."), ARRAY(Text))
    return and_(Operation.parameters.op("#>>")(at) == value)
