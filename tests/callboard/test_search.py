"""Search in the history's text and parameters."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from callboard import db, history, search
from callboard.errors import InvalidError
from callboard.history import Filters
from callboard.models import Operation


def change(id: str, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(update(Operation).where(Operation.id == id).values(values))


def found(**filters: Any) -> list[str]:
    with db.transaction() as session:
        return [str(row.id) for row in history.page(session, Filters(**filters)).items]


@pytest.mark.parametrize(
    "values", [{"error": "it was 100% Broken"}, {"result": {"summary": "100% broken"}}, {"ref": "fix/100%-broken"}]
)
def test_words_are_found_in_error_summary_and_ref(submitted: Callable[..., str], values: dict[str, Any]) -> None:
    id = submitted()
    change(submitted(), error="a hundred")
    change(id, **values)
    assert found(q="100%") == found(q="BROKEN") == [id]


def test_words_are_found_in_the_capability_and_compose_with_other_filters(submitted: Callable[..., str]) -> None:
    id = submitted("testing")
    submitted()
    assert found(q="test") == found(q="test", project_id="shop", status="pending") == [id]
    assert found(q="test", status="failed") == found(q="test", project_id="other") == []


def test_an_id_is_found_whole_or_by_its_beginning(submitted: Callable[..., str]) -> None:
    id, other = submitted(), submitted()
    assert found(q=id.upper()) == [id]
    assert found(q=id[:8]) == [other, id]


def test_a_parameter_is_found_by_its_value_also_inside_another(submitted: Callable[..., str]) -> None:
    id = submitted()
    submitted()
    change(id, parameters={"depth": 3, "limits": {"size": "a:b"}, "on": True})
    assert found(param="depth:3") == found(param="limits.size:a:b") == found(param="on:true") == [id]
    assert found(param="depth:4") == []


@pytest.mark.parametrize("param", ["depth", ":3"])
def test_a_parameter_without_name_or_colon_is_refused(database: dict[str, str], param: str) -> None:
    with pytest.raises(InvalidError, match="write it as name:value"):
        found(param=param)


def test_only_the_newest_operations_are_searched(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, *newest = [submitted() for _ in range(3)]
    monkeypatch.setattr(search, "LOOKED_AT", 2)
    assert found(q="review") == found(q="review", project_id="shop") == newest[::-1]
    assert found(capability="code_review") == [*newest[::-1], oldest]
