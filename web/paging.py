"""Lists as `{items, next}`, with the next page also in an RFC 8288 `Link`."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from callboard.cursors import LONGEST_PAGE
from callboard.errors import NotFoundError

Answer = tuple[dict[str, Any], int, dict[str, str]]


class Listed(Protocol):
    """A service whose rows are listed by id."""

    def page(self, *, after: str | None, limit: int) -> list[Any]: ...

    def get_by_id(self, id: str, /) -> Any: ...


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, description="`next` of the page before", max_length=200)
    limit: int = Field(50, ge=1, le=LONGEST_PAGE, description="the most items that the page holds")


def paged(items: Sequence[Any], next: str | None) -> Answer:
    """The answer of a list whose next page begins at the cursor `next`."""
    return {"items": items, "next": next}, 200, link(cursor=next) if next is not None else {}


def by_id(service: Listed, query: PageQuery, *, seen: Collection[str] | None, shape: type[BaseModel]) -> Answer:
    """The answer of a list by id: of all that the service has, or of those in `seen` that are still there."""
    limit = query.limit + 1
    if seen is None:
        rows = service.page(after=query.cursor, limit=limit)
    else:
        ids = sorted(id for id in seen if query.cursor is None or id > query.cursor)
        rows = list(islice(_those(service, ids), limit))
    shown = rows[: query.limit]
    return paged([shape.model_validate(row) for row in shown], shown[-1].id if len(rows) == limit else None)


def _those(service: Listed, ids: Iterable[str]) -> Iterator[Any]:
    for id in ids:
        with suppress(NotFoundError):
            yield service.get_by_id(id)


def link(**changed: Any) -> dict[str, str]:
    """The header that leads to this list with other query parameters."""
    query = request.args.to_dict() | {name: str(value) for name, value in changed.items()}
    return {"Link": f'<{quote(request.path)}?{urlencode(query)}>; rel="next"'}
