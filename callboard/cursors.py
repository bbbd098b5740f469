"""Pages of lists: how long one may be, and what is said to a cursor that is not ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from callboard.errors import InvalidError

LONGEST_PAGE = 200


def check_limit(limit: int) -> None:
    """Raises InvalidError for a page that is empty or too long."""
    if not 1 <= limit <= LONGEST_PAGE:
        raise InvalidError(f"limit is {limit}; it must be between 1 and {LONGEST_PAGE}", field="limit")


@contextmanager
def reading(cursor: str) -> Iterator[None]:
    """Raises InvalidError where the block finds in the cursor what it never wrote: a ValueError or TypeError."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise InvalidError(
            f"cursor {cursor!r} is not one that this API gave; leave it out to start anew", field="cursor"
        ) from error
