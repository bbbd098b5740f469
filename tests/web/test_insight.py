"""Throughput, failures and queues over HTTP."""

from collections.abc import Callable

import httpx

from callboard import attempts, db
from callboard.attempts import Outcome
from callboard.lifecycle import Reason, Verdict


def test_stats_tell_what_ended_and_what_is_open(client: httpx.Client, running: Callable[..., str]) -> None:
    with db.transaction() as session:
        attempts.complete(session, running(), 1, Outcome(Verdict.FAIL, {}))
    running()
    told = client.get("/stats", params={"buckets": 6}).json()
    assert (len(told["buckets"]), told["bucket_seconds"], told["running"], told["pending"]) == (6, 600, 1, 0)
    assert (told["total"]["found_problems"], told["total"]["success_rate"]) == (1, 1)
    assert told["buckets"][-1]["run_p95_ms"] > 0


def test_stats_of_a_time_to_come_or_no_project_are_refused(client: httpx.Client) -> None:
    assert client.get("/stats", params={"since": "2190-01-01T00:00:00Z"}).status_code == 422
    assert client.get("/stats", params={"buckets": 121}).status_code == 422
    assert client.get("/stats", params={"project_id": "none"}).json()["code"] == "project_not_found"


def test_failures_are_grouped(client: httpx.Client, running: Callable[..., str]) -> None:
    for number in range(2):
        with db.transaction() as session:
            attempts.fail(session, running(), 1, reason=Reason.INVALID_RESULT, error=f"line {number} is odd")
    (group,) = client.get("/failures", params={"project_id": "shop"}).json()["items"]
    assert (group["count"], group["error"], group["reason"]) == (2, "line 1 is odd", "invalid_result")
    assert client.get("/failures", params={"cursor": group["newest_id"]}).json()["items"] == []


def test_queues_are_listed_with_what_waits(client: httpx.Client, submitted: Callable[..., str]) -> None:
    submitted()
    queues = {queue["name"]: queue for queue in client.get("/queues").json()["items"]}
    assert (queues["code_review"]["rung"], queues["testing"]["rung"]) == (1, 0)


def test_a_key_of_other_projects_sees_nothing_of_this_one(
    as_caller: Callable[..., httpx.Client], running: Callable[..., str], submitted: Callable[..., str]
) -> None:
    with db.transaction() as session:
        attempts.fail(session, running(), 1, reason=Reason.INVALID_RESULT, error="odd")
    submitted()
    stranger = as_caller("read", ["other"])
    stats = stranger.get("/stats").json()
    assert (stats["total"]["failed"], stats["pending"], stats["oldest_waiting_at"]) == (0, 0, None)
    assert stranger.get("/failures").json()["items"] == []
    assert {queue["rung"] for queue in stranger.get("/queues").json()["items"]} == {0}
    assert stranger.get("/stats", params={"project_id": "shop"}).status_code == 404
