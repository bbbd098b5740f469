"""Operations over HTTP."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from callboard import attempts, catalogue
from callboard.attempts import Outcome
from callboard.db import transaction

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}
SUBMIT = "/projects/shop/operations"


def submitted(client: httpx.Client, **changes: object) -> dict[str, object]:
    accepted = client.post(SUBMIT, json={**REVIEW, **changes})
    assert accepted.status_code == 202, accepted.text
    answer: dict[str, object] = accepted.json()
    return answer


def test_a_submit_answers_202_and_where_the_operation_is(client: httpx.Client, shop: str) -> None:
    accepted = client.post(SUBMIT, json=REVIEW)
    assert (accepted.status_code, accepted.json()["status"]) == (202, "pending")
    assert accepted.json()["requested_by"] == "admin"
    read = client.get(accepted.headers["Location"].removeprefix("/api/v1"))
    assert read.json()["id"] == accepted.json()["id"]


def test_every_refusal_of_a_submit_has_its_code(client: httpx.Client, shop: str) -> None:
    client.post("/agents", json={"id": "idle", "name": "Idle", "capabilities": ["testing"]})
    codes = {
        "agent_not_found": {"agent_id": "nobody"},
        "agent_not_assigned": {"agent_id": "idle"},
        "invalid_capability": {"capability": "juggling"},
        "invalid_parameters": {"parameters": {"depth": 3}},
        "invalid_request": {"run_at": "tomorrow"},
    }
    for code, changes in codes.items():
        assert client.post(SUBMIT, json={**REVIEW, **changes}).json()["code"] == code
    assert client.get("/operations").json()["items"] == []


def test_a_pending_operation_tells_why_it_waits(client: httpx.Client, shop: str) -> None:
    waits = submitted(client)
    later = submitted(client, run_at="2199-01-01T00:00:00Z")
    told = {item["id"]: item["wait_reason"] for item in client.get("/operations").json()["items"]}
    assert told == {waits["id"]: "no_worker_for_capability", later["id"]: "scheduled"}
    with transaction() as session:
        catalogue.worker_seen(session, "w1", capabilities=["code_review"], concurrency=1, sandbox=None)
    assert client.get(f"/operations/{waits['id']}").json()["wait_reason"] == "queue_busy"


def test_cursors_cover_every_operation_once_newest_first(client: httpx.Client, shop: str) -> None:
    made = [submitted(client)["id"] for _ in range(7)]
    seen, address = [], "/operations?limit=3&project_id=shop"
    while address:
        page = client.get(address.removeprefix("/api/v1"))
        seen += [item["id"] for item in page.json()["items"]]
        address = page.links.get("next", {}).get("url", "")
    assert seen == made[::-1]


def test_lists_are_narrowed_by_the_fields_own_names(client: httpx.Client, shop: str) -> None:
    review, test = submitted(client), submitted(client, capability="testing")
    client.post(f"/operations/{review['id']}/cancel")
    for query, expected in (
        ("status=cancelled", [review["id"]]),
        ("capability=testing", [test["id"]]),
        ("agent_id=nobody", []),
        ("verdict=pass", []),
    ):
        for address in ("/operations", SUBMIT):
            items = client.get(f"{address}?{query}").json()["items"]
            assert [item["id"] for item in items] == expected


def test_a_list_may_be_cut_and_the_single_operation_keeps_everything(client: httpx.Client, shop: str) -> None:
    made = submitted(client, ref="main")
    with transaction() as session:
        attempts.claim(session, str(made["id"]), attempt=1, worker="w1", version="1")
        attempts.complete(session, str(made["id"]), 1, Outcome(None, {"summary": "fine", "findings": [1]}))
    for address in ("/operations", SUBMIT):
        [whole] = client.get(address).json()["items"]
        [cut] = client.get(f"{address}?result=cut").json()["items"]
        assert (whole["result"]["findings"], whole["parameters"]) == ([1], {})
        assert ("findings" in cut["result"], cut["result"]["summary"], cut["parameters"]) == (False, "fine", None)
    assert client.get(f"/operations/{made['id']}").json()["result"]["findings"] == [1]


def test_lists_begin_at_a_time_of_creation(client: httpx.Client, shop: str) -> None:
    made = submitted(client)
    since = str(made["created_at"])
    assert [item["id"] for item in client.get("/operations", params={"since": since}).json()["items"]] == [made["id"]]
    assert client.get("/operations?since=2199-01-01T00:00:00Z").json()["items"] == []
    assert client.get("/operations?since=yesterday").json()["errors"][0]["field"] == "since"


def test_an_unknown_status_is_refused_and_the_known_ones_are_named(client: httpx.Client, shop: str) -> None:
    refused = client.get("/operations?status=foo")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "status"
    for known in ("pending", "running", "completed", "failed", "cancelled", '"foo"'):
        assert known in refused.json()["detail"]
    assert client.get("/operations?statsu=pending").json()["errors"][0]["field"] == "statsu"
    assert client.get("/operations?cursor=Zm9v").json()["code"] == "invalid_request"


def test_cancelling_settles_what_waits_and_asks_what_runs(client: httpx.Client, shop: str) -> None:
    waits, runs = submitted(client), submitted(client)
    with transaction() as session:
        attempts.claim(session, str(runs["id"]), attempt=1, worker="w1", version="1")
    settled = client.post(f"/operations/{waits['id']}/cancel")
    assert (settled.status_code, settled.json()["status"]) == (200, "cancelled")
    asked = client.post(f"/operations/{runs['id']}/cancel")
    assert (asked.status_code, asked.json()["status"]) == (202, "running")
    assert asked.json()["cancel_requested_at"] is not None


def test_a_rerun_is_a_new_operation_that_names_the_old(client: httpx.Client, shop: str) -> None:
    old = submitted(client, ref="main")
    new = client.post(f"/operations/{old['id']}/rerun")
    assert new.status_code == 202
    assert (new.json()["rerun_of"], new.json()["ref"]) == (old["id"], "main")


def test_a_rerun_with_a_key_is_made_once(client: httpx.Client, shop: str) -> None:
    old, key = client.post("/projects/shop/operations", json=REVIEW).json(), {"Idempotency-Key": "again"}
    first, second = (client.post(f"/operations/{old['id']}/rerun", headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"] != old["id"]
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_projects_list_takes_its_own_project_id_and_no_other(client: httpx.Client, shop: str) -> None:
    made = client.post("/projects/shop/operations", json=REVIEW).json()
    listed = client.get("/projects/shop/operations?project_id=shop")
    assert [item["id"] for item in listed.json()["items"]] == [made["id"]]
    refused = client.get("/projects/shop/operations?project_id=other")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "project_id")


def test_what_is_no_operation_is_not_found(client: httpx.Client) -> None:
    for id in ("no-id", "01900000-0000-7000-8000-000000000000"):
        for call in (client.get(f"/operations/{id}"), client.post(f"/operations/{id}/cancel")):
            assert (call.status_code, call.json()["code"]) == (404, "operation_not_found")


def test_an_operations_events_are_its_frames(client: httpx.Client, shop: str) -> None:
    made = submitted(client)
    client.post(f"/operations/{made['id']}/cancel")
    frames = client.get(f"/operations/{made['id']}/events").json()["items"]
    assert [frame["payload"]["operation"]["status"] for frame in frames] == ["pending", "cancelled"]


def test_two_hundred_racing_submits_with_one_key_make_one_operation(client: httpx.Client, shop: str) -> None:
    def send(_: int) -> httpx.Response:
        return client.post(SUBMIT, json=REVIEW, headers={"Idempotency-Key": "once"})

    with ThreadPoolExecutor(50) as racers:
        answers = list(racers.map(send, range(200)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len(client.get("/operations").json()["items"]) == 1


def test_a_key_is_for_one_request_of_one_caller(client: httpx.Client, shop: str) -> None:
    key = {"Idempotency-Key": "mine"}
    refused = client.post(SUBMIT, json={**REVIEW, "agent_id": "nobody"}, headers=key)
    assert refused.json()["code"] == "agent_not_found"
    assert client.post(SUBMIT, json=REVIEW, headers=key).status_code == 202
    other = client.post(SUBMIT, json={**REVIEW, "capability": "testing"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert client.post(SUBMIT, json=REVIEW, headers={"Idempotency-Key": "x" * 256}).status_code == 422


@pytest.mark.quiet
def test_submitting_answers_in_under_100_ms_on_average(
    client: httpx.Client, shop: str, record_property: Callable[[str, object], None]
) -> None:
    took = []
    for _ in range(200):
        began = time.perf_counter()
        assert client.post(SUBMIT, json=REVIEW).status_code == 202
        took.append((time.perf_counter() - began) * 1000)
    mean, median = statistics.mean(took), statistics.median(took)
    record_property("200 submits over HTTP", f"mean {mean:.1f} ms, p50 {median:.1f} ms")
    assert mean < 100
