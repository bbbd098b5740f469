"""Batches over HTTP: all of them or none, and once for a key."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}
TEST = {"agent_id": "reviewer", "capability": "testing"}

pytestmark = pytest.mark.usefixtures("shop")


def submit(client: httpx.Client, *operations: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post("/projects/shop/operations/batch", json={"operations": operations}, headers=headers)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 202, answer.text
    return [item["id"] for item in answer.json()["items"]]


def total(client: httpx.Client) -> int:
    return len(client.get("/operations").json()["items"])


def test_all_are_accepted_in_the_order_of_the_request(client: httpx.Client) -> None:
    answer = submit(client, REVIEW, TEST, {**REVIEW, "timeout": 7})

    told = [(item["capability"], item["status"], item["requested_by"]) for item in answer.json()["items"]]
    assert told == [(name, "pending", "admin") for name in ("code_review", "testing", "code_review")]
    assert sorted(ids(answer), reverse=True) == [item["id"] for item in client.get("/operations").json()["items"]]


def test_one_that_is_refused_refuses_all_and_is_named(client: httpx.Client) -> None:
    answer = submit(client, REVIEW, {**REVIEW, "capability": "painting"})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_capability")
    assert problem["detail"].startswith("operations.1: Agent 'reviewer' may not perform 'painting'")
    assert problem["errors"][0]["field"] == "operations.1.capability"
    assert total(client) == 0


def test_wrong_parameters_are_named_by_their_place(client: httpx.Client) -> None:
    problem = submit(client, REVIEW, {**REVIEW, "parameters": {"depth": 1}}).json()

    assert problem["code"] == "invalid_parameters"
    assert problem["errors"]
    assert all(error["field"].startswith("operations.1.") for error in problem["errors"])


def test_with_a_key_a_batch_is_accepted_once(client: httpx.Client) -> None:
    first = submit(client, REVIEW, REVIEW, **{"Idempotency-Key": "nightly"})
    again = submit(client, REVIEW, REVIEW, **{"Idempotency-Key": "nightly"})

    assert ids(first) == ids(again)
    assert ["Idempotent-Replayed" in answer.headers for answer in (first, again)] == [False, True]
    assert total(client) == 2


def test_a_key_takes_no_other_batch(client: httpx.Client) -> None:
    submit(client, REVIEW, REVIEW, **{"Idempotency-Key": "nightly"})

    longer = submit(client, REVIEW, REVIEW, TEST, **{"Idempotency-Key": "nightly"})
    assert (longer.status_code, longer.json()["code"]) == (422, "idempotency_key_reused")
    assert total(client) == 2


def test_a_key_of_one_operation_takes_no_batch(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "nightly"}
    client.post("/projects/shop/operations", json=REVIEW, headers=key)

    assert submit(client, REVIEW, REVIEW, **key).json()["code"] == "idempotency_key_reused"
    assert submit(client, REVIEW, **key).json()["code"] == "idempotency_key_reused"


def test_a_batch_that_is_sent_by_many_at_once_is_accepted_once(client: httpx.Client, race: Callable[..., Any]) -> None:
    answers = race(*[lambda: submit(client, REVIEW, TEST, **{"Idempotency-Key": "nightly"})] * 8)

    assert len({tuple(ids(answer)) for answer in answers}) == 1
    assert total(client) == 2


@pytest.mark.parametrize("count", [0, 201])
def test_a_batch_has_one_to_two_hundred_operations(client: httpx.Client, count: int) -> None:
    answer = submit(client, *[REVIEW] * count)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "operations")


def test_who_may_only_look_submits_no_batch(client: httpx.Client, as_caller: Any) -> None:
    assert submit(as_caller("read"), REVIEW).status_code == 403
