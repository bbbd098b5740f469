"""Pages of lists: what is refused."""

import pytest

from callboard import cursors
from callboard.errors import ConflictError, InvalidError


def test_a_page_holds_1_to_200_items() -> None:
    cursors.check_limit(1)
    cursors.check_limit(200)
    for limit in (0, 201):
        with pytest.raises(InvalidError, match=f"limit is {limit}; it must be between 1 and 200"):
            cursors.check_limit(limit)


def test_what_cannot_be_read_in_a_cursor_is_told_by_its_name() -> None:
    with pytest.raises(InvalidError, match="cursor 'x' is not one that this API gave") as refused, cursors.reading("x"):
        int("x")
    assert refused.value.fields[0]["field"] == "cursor"


def test_any_other_error_passes() -> None:
    with pytest.raises(ConflictError), cursors.reading("x"):
        raise ConflictError
