"""Operations from the service to the record, through a real worker."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from callboard import artifacts
from callboard.db import transaction
from tests.e2e.stage import Frames, Stage

pytestmark = pytest.mark.usefixtures("celery_setup")


def test_execute_capability_on_a_real_worker(stage: Stage) -> None:
    id = stage.submit("echo", text="good morning")

    assert stage.until_ended(id).status == "completed"
    last = stage.records()[-1]
    assert (last["agent_id"], last["capability"]) == ("actor", "echo")
    assert last["result"]["summary"] == "good morning"


def test_what_a_handler_logs_is_kept_with_the_operation(stage: Stage) -> None:
    row = stage.until_ended(stage.submit("echo", text="good evening"))

    with transaction() as session:
        described, content = artifacts.read(session, row.id, "log.txt")
    assert described.media_type == "text/plain; charset=utf-8"
    assert content.endswith(b"INFO echo good evening\n")


def test_a_failing_operation_is_tried_again_and_then_failed_with_its_reason(stage: Stage) -> None:
    row = stage.until_ended(stage.submit("raising"))

    assert (row.status, row.reason, row.tries, row.attempt) == ("failed", "error", 2, 2)
    assert row.error == "RuntimeError: attempt 2 went wrong"
    assert [record["status"] for record in stage.records(str(row.id))] == ["failed"]


def test_an_operation_that_goes_well_at_last_is_completed(stage: Stage) -> None:
    row = stage.until_ended(stage.submit("raising", times=1))

    assert (row.status, row.attempt, row.error) == ("completed", 2, None)


@pytest.mark.parametrize("capability", ["stubborn", "sleeping_too_long"])
def test_an_operation_that_runs_too_long_fails_with_timeout_after_its_tries(stage: Stage, capability: str) -> None:
    row = stage.until_ended(stage.submit(capability), seconds=30)

    assert (row.status, row.reason, row.tries) == ("failed", "timeout", 2)
    assert row.error == "It ran longer than its limit of 1 s"


@pytest.mark.parametrize(("kind", "told"), [("nan", "not JSON"), ("nul", "U+0000"), ("surrogate", "surrogates")])
def test_a_result_that_cannot_be_kept_fails_with_a_sentence(stage: Stage, kind: str, told: str) -> None:
    row = stage.until_ended(stage.submit("bad_result", kind=kind))

    assert (row.status, row.reason, row.attempt) == ("failed", "invalid_result", 1)
    assert told in str(row.error)


def test_a_huge_result_is_cut_and_kept_whole_as_an_artifact(stage: Stage) -> None:
    row = stage.until_ended(stage.submit("huge_result", findings=5000))

    assert row.status == "completed"
    assert row.result is not None
    assert row.result["truncated"] is True
    assert len(row.result["findings"]) == 100
    with transaction() as session:
        assert artifacts.read(session, row.id, "result.json")[1].count(b'"rule"') == 5000


@pytest.mark.parametrize("kind", ["nan", "nul", "surrogate"])
def test_text_that_cannot_be_kept_in_an_error_becomes_a_sentence(stage: Stage, kind: str) -> None:
    row = stage.until_ended(stage.submit("bad_error", kind=kind))

    assert (row.status, row.reason) == ("failed", "error")
    assert str(row.error).startswith("it went wrong: ")


def test_frames_of_an_operation_come_in_order_without_gaps(stage: Stage, frames: Frames) -> None:
    id = stage.submit("raising", times=1)

    frames.until(lambda frame: frame["payload"].get("operation", {}).get("status") == "completed")

    numbered = [frame for frame in frames.seen if frame["type"] == "agent_operation"]
    statuses = [frame["payload"]["operation"]["status"] for frame in numbered]
    assert statuses == ["pending", "running", "pending", "running", "completed"]
    first = numbered[0]["seq"]
    assert [frame["seq"] for frame in numbered] == list(range(first, first + 5))
    assert {frame["payload"]["operation"]["id"] for frame in numbered} == {id}


def test_progress_reaches_the_viewers_and_takes_no_number(stage: Stage, frames: Frames, gate: Path) -> None:
    id = stage.submit("slow", gate=str(gate))

    frame = frames.until(lambda frame: frame["type"] == "progress")

    assert "seq" not in frame
    assert frame["payload"] == {"operation_id": id, "done": 1, "total": 2, "text": "attempt 1 waits"}


@pytest.mark.quiet
def test_accepting_operations_is_quick(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        stage.submit("echo")
        times.append((time.perf_counter() - begun) * 1000)

    mean, p50 = statistics.mean(times), statistics.median(times)
    record_property("200 submits to the service", f"mean {mean:.1f} ms, p50 {p50:.1f} ms")
    assert mean < 500
