"""Many operations at once, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from callboard import attempts
from callboard.attempts import Outcome
from callboard.db import transaction
from callboard.lifecycle import Verdict

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}
NOWHERE = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def made(client: httpx.Client, shop: str) -> list[str]:
    """Two operations that wait, and a third that is cancelled."""
    ids = [str(client.post("/projects/shop/operations", json=REVIEW).json()["id"]) for _ in range(3)]
    client.post(f"/operations/{ids[2]}/cancel")
    return ids


def do(client: httpx.Client, action: str, ids: list[str], **headers: str) -> list[dict[str, Any]]:
    answer = client.post("/operations/bulk", json={"action": action, "ids": ids}, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_preview_tells_what_would_be_touched_and_changes_nothing(client: httpx.Client, made: list[str]) -> None:
    told = client.post(
        "/operations/bulk/preview", json={"action": "cancel", "filters": {"agent_id": "reviewer"}}
    ).json()
    assert told["ids"] == [item["id"] for item in told["sample"]] == made[1::-1]
    assert (told["more"], told["skipped"]) == (False, {"cancelled": 1})
    assert {item["parameters"] for item in told["sample"]} == {None}
    assert len(client.get("/operations?status=pending").json()["items"]) == 2


def test_each_is_cancelled_by_itself_and_a_repeat_does_no_harm(client: httpx.Client, made: list[str]) -> None:
    items = do(client, "cancel", [*made, made[0], NOWHERE])
    assert [(item["id"], item["outcome"]) for item in items] == [(id, "done") for id in made] + [(NOWHERE, "refused")]
    assert items[-1]["code"] == "operation_not_found"
    assert {item["outcome"] for item in do(client, "cancel", made)} == {"done"}
    assert len(client.get("/operations?status=cancelled").json()["items"]) == 3


def test_what_ended_meanwhile_is_skipped_with_its_sentence(client: httpx.Client, running: Callable[..., str]) -> None:
    id = running()
    with transaction() as session:
        attempts.complete(session, id, 1, Outcome(Verdict.PASS, {}))
    [item] = do(client, "cancel", [id])
    assert (item["outcome"], item["code"]) == ("skipped", "operation_ended")
    assert "already completed" in item["detail"]


def test_with_a_key_each_is_rerun_once(client: httpx.Client, made: list[str]) -> None:
    first = do(client, "rerun", made, **{"Idempotency-Key": "again"})
    assert do(client, "rerun", made, **{"Idempotency-Key": "again"}) == first
    new = {item["operation_id"] for item in first}
    told = {item["id"]: item["rerun_of"] for item in client.get("/operations").json()["items"]}
    assert {told[id] for id in new} == set(made)
    assert len(told) == 6
    assert {item["operation_id"] for item in do(client, "rerun", made)}.isdisjoint(new)


def test_one_that_is_refused_hinders_no_other(client: httpx.Client, made: list[str]) -> None:
    client.post("/projects", json={"id": "other", "name": "Other", "source": {"path": "/shop"}})
    client.put("/projects/other/agents/reviewer", json={"capabilities": ["code_review"]})
    gone = str(client.post("/projects/other/operations", json=REVIEW).json()["id"])
    client.delete("/projects/other/agents/reviewer")
    items = do(client, "rerun", [gone, made[0]])
    assert [item["outcome"] for item in items] == ["refused", "done"]
    assert items[0]["code"] == "agent_not_assigned"


def test_only_what_the_key_allows_is_seen_or_touched(as_caller: Callable[..., httpx.Client], made: list[str]) -> None:
    reader, limited = as_caller("read"), as_caller("submit", ["mine"])
    for path in ("/operations/bulk", "/operations/bulk/preview"):
        assert reader.post(path, json={"action": "cancel", "ids": made}).status_code == 403
    assert limited.post("/operations/bulk/preview", json={"action": "cancel"}).json()["ids"] == []
    hidden = limited.post("/operations/bulk/preview", json={"action": "cancel", "filters": {"project_id": "shop"}})
    assert hidden.json()["code"] == "project_not_found"
    assert {item["code"] for item in do(limited, "cancel", made)} == {"operation_not_found"}


@pytest.mark.parametrize("ids", [[], [NOWHERE] * 201, ["nonsense"]])
def test_a_call_is_bounded_and_checked(client: httpx.Client, shop: str, ids: list[str]) -> None:
    refused = client.post("/operations/bulk", json={"action": "cancel", "ids": ids})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
