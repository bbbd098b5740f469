"""Projects over HTTP."""

import httpx
from sqlalchemy import insert

from callboard.db import transaction
from callboard.models import Project

NEW = {"id": "cafe", "name": "Café ☕", "source": {"path": "/cafe"}}


def test_a_project_is_created_read_changed_and_deleted(client: httpx.Client) -> None:
    made = client.post("/projects", json=NEW)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/projects/cafe")
    assert made.json()["name"] == "Café ☕"
    assert client.patch("/projects/cafe", json={"name": "Teahouse"}).json()["name"] == "Teahouse"
    assert client.get("/projects/cafe").json()["name"] == "Teahouse"
    assert client.delete("/projects/cafe").status_code == 204
    assert client.get("/projects/cafe").json()["code"] == "project_not_found"


def test_an_id_is_made_of_the_name_and_taken_once(client: httpx.Client) -> None:
    nameless = {"name": "My Shop", "source": {"path": "/shop"}}
    assert client.post("/projects", json=nameless).json()["id"] == "my-shop"
    again = client.post("/projects", json=nameless)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


def test_only_one_project_shows_its_history(client: httpx.Client, shop: str) -> None:
    listed = client.get("/projects").json()["items"][0]["agent_metadata"]
    assert listed == {"assigned_agents": ["reviewer"], "capability_requirements": ["code_review", "testing"]}
    assert client.get("/projects/shop").json()["agent_metadata"]["operation_history"] == []


def test_a_project_that_was_entered_by_hand_is_one_like_any_other(client: httpx.Client, shop: str) -> None:
    record = {
        "agent_id": "reviewer",
        "capability": "code_review",
        "timestamp": "2026-01-01T00:00:00Z",
        "status": "completed",
    }
    metadata = {"assigned_agents": [], "capability_requirements": [], "operation_history": [record]}
    with transaction() as session:
        values = {"id": "byhand", "name": "By hand", "source": {"path": "/byhand"}, "agent_metadata": metadata}
        session.execute(insert(Project).values(values))
    assert client.put("/projects/byhand/agents/reviewer", json={"capabilities": ["code_review"]}).is_success
    assert client.get("/projects/byhand").json()["agent_metadata"] == {
        "assigned_agents": ["reviewer"],
        "capability_requirements": ["code_review"],
        "operation_history": [record],
    }


def test_pages_cover_every_project_once(client: httpx.Client) -> None:
    for number in range(5):
        client.post("/projects", json={**NEW, "id": f"p{number}"})
    seen, address = [], "/projects?limit=2"
    while address:
        page = client.get(address.removeprefix("/api/v1"))
        seen += [item["id"] for item in page.json()["items"]]
        address = page.links.get("next", {}).get("url", "")
    assert seen == ["p0", "p1", "p2", "p3", "p4"]


def test_a_source_of_two_kinds_is_refused(client: httpx.Client) -> None:
    both = client.post("/projects", json={**NEW, "source": {"path": "/cafe", "git": "https://example.org/cafe"}})
    assert (both.status_code, both.json()["code"]) == (422, "invalid_source")


def test_a_policy_of_another_type_is_refused(client: httpx.Client) -> None:
    for policy in ({"network_setup": "yes"}, {"network_setup": 1}, {"max_running": "2"}):
        assert client.post("/projects", json={**NEW, "policy": policy}).status_code == 422


def test_a_project_with_open_operations_stays(client: httpx.Client, shop: str) -> None:
    client.post("/projects/shop/operations", json={"agent_id": "reviewer", "capability": "testing"})
    assert client.delete("/projects/shop").json()["code"] == "conflict"


def test_a_project_is_paused_and_limited_only_as_workers_understand_it(client: httpx.Client, shop: str) -> None:
    changes = {"status": "paused", "policy": {"max_running": 2}}
    changed = client.patch("/projects/shop", json=changes).json()
    assert (changed["status"], changed["policy"]["max_running"]) == ("paused", 2)
    for wrong in ({"status": "asleep"}, {"policy": {"max_running": 0}}, {"policy": {"max_running": "two"}}):
        assert client.patch("/projects/shop", json=wrong).status_code == 422
    changed = client.patch("/projects/shop", json={"status": "active", "policy": {"max_running": None}}).json()
    assert (changed["status"], changed["policy"]) == ("active", {})
