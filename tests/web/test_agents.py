"""Agents over HTTP."""

import httpx

NEW = {"id": "linter", "name": "Linter", "kind": "command", "capabilities": ["lint"], "settings": {"argv": ["lint"]}}


def test_an_agent_is_created_read_changed_and_deleted(client: httpx.Client) -> None:
    made = client.post("/agents", json=NEW)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/agents/linter")
    assert client.patch("/agents/linter", json={"name": "Flint"}).json()["name"] == "Flint"
    assert client.patch("/agents/linter", json={}).json()["settings"] == {"argv": ["lint"]}
    assert [agent["id"] for agent in client.get("/agents").json()["items"]] == ["linter"]
    assert client.delete("/agents/linter").status_code == 204
    assert client.get("/agents/linter").json()["code"] == "agent_not_found"


def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(client: httpx.Client) -> None:
    refused = client.post("/agents", json={**NEW, "kind": "robot"}).json()
    assert refused["errors"] == [{"field": "kind", "message": "Input should be 'tool' or 'command' (it is \"robot\")"}]


def test_an_agent_with_history_is_archived_and_keeps_its_id(client: httpx.Client, shop: str) -> None:
    client.post("/projects/shop/operations", json={"agent_id": "reviewer", "capability": "testing"})
    assert client.delete("/agents/reviewer").status_code == 204
    assert client.get("/agents").json()["items"] == []
    assert client.post("/agents", json={**NEW, "id": "reviewer"}).json()["code"] == "already_exists"
