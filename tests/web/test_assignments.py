"""Assignments over HTTP."""

import httpx


def test_an_assignment_is_granted_listed_and_taken_back(client: httpx.Client, shop: str) -> None:
    client.post("/agents", json={"id": "tester", "name": "Tester", "capabilities": ["testing"]})
    granted = client.put("/projects/shop/agents/tester", json={"capabilities": ["testing"]})
    assert (granted.status_code, granted.json()["status"]) == (200, "success")
    assert {"id": "tester", "name": "Tester", "capabilities": ["testing"]} in (
        client.get("/projects/shop/agents").json()["items"]
    )
    assert client.delete("/projects/shop/agents/tester").status_code == 204
    assert client.delete("/projects/shop/agents/tester").json()["code"] == "agent_not_assigned"


def test_what_the_agent_cannot_do_is_not_granted(client: httpx.Client, shop: str) -> None:
    refused = client.put("/projects/shop/agents/reviewer", json={"capabilities": ["juggling"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_capability")
