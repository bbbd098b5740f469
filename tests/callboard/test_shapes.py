"""The one shape: operation, record and frames share names, and what is cut is cut the same way."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callboard.models import Operation
from callboard.shapes import (
    RECORD_RESULT_BYTES,
    AgentProjectOperation,
    HistoryRecord,
    cut_result,
    duration_ms,
    storable,
)


def test_a_record_is_a_strict_subset_of_the_operation() -> None:
    assert set(HistoryRecord.model_fields) < set(AgentProjectOperation.model_fields)


def test_a_field_is_read_by_its_name_as_in_json(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    operation = AgentProjectOperation.of(stored(submitted()))
    assert (operation["status"], operation["project_id"]) == ("pending", "shop")
    with pytest.raises(KeyError, match="record"):
        operation["record"]


def test_an_operation_has_the_names_of_its_row(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    row = stored(submitted(ref="main"))
    shape = AgentProjectOperation.of(row, wait_reason="queue_busy")
    assert (shape.id, shape.ref, shape.wait_reason, shape.duration_ms) == (row.id, "main", "queue_busy", None)
    derived = {"duration_ms", "wait_reason", "wait_detail"}
    assert set(AgentProjectOperation.model_fields) - derived <= set(Operation.__table__.columns.keys())


def test_times_are_rfc_3339_in_utc(submitted: Callable[..., str], stored: Callable[[str], Operation]) -> None:
    told = AgentProjectOperation.of(stored(submitted())).model_dump(mode="json")["created_at"]
    assert told.endswith("Z")
    assert datetime.fromisoformat(told).tzinfo == UTC


def test_a_duration_is_in_milliseconds_and_only_of_what_started_and_ended() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    assert duration_ms(Operation(started_at=began, finished_at=began + timedelta(seconds=1.2345))) == 1234
    assert duration_ms(Operation(started_at=None, finished_at=began)) is None
    assert duration_ms(Operation(started_at=began, finished_at=None)) is None


@pytest.mark.parametrize("letter", ["a", "é", "語", '"'])
def test_a_cut_result_fits_and_keeps_its_summary(letter: str) -> None:
    cut = cut_result({"summary": letter * 900, "delta": {"new": 1}, "metrics": {"a": 1}, "findings": [1], "more": 2})
    assert cut is not None
    assert cut["summary"].startswith(letter)
    assert set(cut) <= {"summary", "delta", "metrics"}
    assert len(json.dumps(cut, ensure_ascii=False).encode()) <= RECORD_RESULT_BYTES


def test_a_small_result_keeps_all_that_the_window_shows() -> None:
    small = {"summary": "fine", "delta": {"new": 0}, "metrics": {"findings": 0}}
    assert cut_result({**small, "findings": []}) == small
    assert cut_result(None) is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("\udce4", "?"),
        (float("inf"), None),
        ({"k\0": [float("nan"), 1.5, True, None]}, {"k\ufffd": [None, 1.5, True, None]}),
        (("ä", 1), ["ä", 1]),
    ],
)
def test_only_what_postgresql_cannot_hold_is_replaced(value: Any, kept: Any) -> None:
    assert storable(value) == kept
