"""Lists as `{items, next}`, with the next page also in an RFC 8288 `Link`."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from callboard.history import LONGEST_PAGE

Answer = tuple[dict[str, Any], int, dict[str, str]]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, description="`next` of the page before", max_length=200)
    limit: int = Field(50, ge=1, le=LONGEST_PAGE, description="the most items that the page holds")


def paged(items: Sequence[Any], next: str | None) -> Answer:
    """The answer of a list whose next page begins at the cursor `next`."""
    return {"items": items, "next": next}, 200, link(cursor=next) if next is not None else {}


def cut(rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    """A page of rows that were read with one to spare, and the cursor of the next: the last one's id."""
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def link(**changed: Any) -> dict[str, str]:
    """The header that leads to this list with other query parameters."""
    query = request.args.to_dict() | {name: str(value) for name, value in changed.items()}
    return {"Link": f'<{quote(request.path)}?{urlencode(query)}>; rel="next"'}
