import pytest

from callboard.lifecycle import Reason
from cli.terminal import describe, show, waits
from tests.cli.operation import ID, operation


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_way_out(reason: Reason) -> None:
    told = describe.way_out(operation(status="failed", reason=reason))
    assert told
    assert "{" not in told


@pytest.mark.parametrize(
    "reason",
    ["no_worker_for_capability", "queue_busy", "scheduled", "retry_backoff", "paused", "limit", "broker_down"],
)
def test_every_reason_to_wait_is_a_sentence(reason: str) -> None:
    told = waits.told(operation(wait_reason=reason, tries=1))
    assert " " in told
    assert "{" not in told
    assert dict(describe.facts(operation(wait_reason=reason, tries=1)))["waits"] == told


def test_the_servers_own_sentence_is_told_where_there_is_one() -> None:
    detail = "It is number 3 in the queue 'code_review'; projects take turns."
    told = waits.told(operation(wait_reason="queue_busy", wait_detail=detail))
    assert told == "it is number 3 in the queue 'code_review'; projects take turns"


def test_a_reason_to_wait_that_is_newer_than_this_program_is_still_told() -> None:
    assert waits.told(operation(wait_reason="project_paused")) == "project paused"


def test_a_running_operation_that_was_cancelled_says_that_it_is_asked_to_stop() -> None:
    told = describe.way_out(operation(status="running", cancel_requested_at="2026-01-02T03:04:06Z"))
    assert told == "its worker was asked to stop and does so within seconds"


def test_attempts_commit_and_times_are_told() -> None:
    facts = dict(
        describe.facts(operation(attempt=2, tries=1, commit="abc", ref="main", dirty=True, duration_ms=61_000))
    )
    assert facts["attempts"] == "2 started, 1 of them ended in an error"
    assert facts["commit"] == "abc (main) with changes that are not committed"
    assert facts["took"] == show.duration(61_000)


def test_a_change_is_one_line() -> None:
    line = describe.line(operation(status="failed", reason="error", error="first\nsecond"))
    assert f"shop: code_review by reviewer is failed ({ID}): error: first second" in line


def test_what_it_waited_for_is_told_with_its_seconds() -> None:
    facts = dict(describe.facts(operation(waits={"queue": 1.5, "retry_backoff": 20})))
    assert facts["waited"] == "queue 1.5 s, retry backoff 20 s"
