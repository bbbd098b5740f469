"""Operations over HTTP."""

import httpx

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}


def test_a_submit_answers_202_and_where_the_operation_is(client: httpx.Client, shop: str) -> None:
    accepted = client.post("/projects/shop/operations", json=REVIEW)
    assert accepted.status_code == 202, accepted.text
    assert accepted.json()["status"] == "pending"
    read = client.get(httpx.URL(accepted.headers["Location"]).path.removeprefix("/api/v1"))
    assert read.json()["id"] == accepted.json()["id"]
