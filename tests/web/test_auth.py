"""Who may do what where, over HTTP."""

from collections.abc import Callable

import httpx
import pytest

from callboard import keys
from callboard.db import transaction
from callboard.settings import current
from web import auth, create_app

AsCaller = Callable[..., httpx.Client]
REVIEW = {"agent_id": "reviewer", "capability": "code_review"}


def test_no_route_answers_without_a_key(stranger: httpx.Client, database: object) -> None:
    routes = [rule for rule in create_app(current()).url_map.iter_rules() if rule.rule.startswith("/api/v1")]
    assert len(routes) > 20
    for rule in routes:
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = stranger.request(method, rule.rule.replace("<", "").replace(">", ""))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), rule.rule
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["x", "nonsense", "cb_000000000000_secret", "cb__", "ключ"])
def test_a_wrong_key_is_refused_and_never_repeated(stranger: httpx.Client, database: object, key: str) -> None:
    answer = stranger.get("/api/v1/projects", headers={b"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code == 401
    assert len(key) < 2 or key not in answer.text


def test_roles_grow_from_read_to_submit_to_admin(as_caller: AsCaller, shop: str) -> None:
    reader, submitter = as_caller("read"), as_caller("submit")
    assert reader.get("/projects/shop").status_code == 200
    refused = reader.post("/projects/shop/operations", json=REVIEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    made = submitter.post("/projects/shop/operations", json=REVIEW)
    assert made.status_code == 202
    assert reader.post(f"/operations/{made.json()['id']}/cancel").status_code == 403
    assert submitter.delete("/projects/shop").status_code == 403


def test_a_foreign_project_looks_as_if_it_did_not_exist(client: httpx.Client, as_caller: AsCaller, shop: str) -> None:
    made = client.post("/projects/shop/operations", json=REVIEW).json()["id"]
    other = as_caller("admin", ["other"])
    for address in ("", "/operations", "/agents", "/events"):
        assert other.get(f"/projects/shop{address}").status_code == 404
    for address in ("", "?wait=5", "/events", "/artifacts", "/artifacts/log.txt"):
        assert other.get(f"/operations/{made}{address}").json()["code"] == "operation_not_found"
    assert other.post("/projects/shop/operations", json=REVIEW).status_code == 404
    assert other.post(f"/operations/{made}/cancel").status_code == 404
    assert other.patch("/projects/shop", json={"name": "Mine"}).status_code == 404
    assert other.get("/operations?project_id=shop").status_code == 404


def test_lists_are_narrowed_to_the_keys_projects(client: httpx.Client, as_caller: AsCaller, shop: str) -> None:
    client.post("/projects", json={"id": "other", "name": "Other", "source": {"path": "/other"}})
    client.post("/projects/shop/operations", json=REVIEW)
    other, own = as_caller("read", ["gone", "other"]), as_caller("read", ["shop"])
    assert [item["id"] for item in other.get("/projects").json()["items"]] == ["other"]
    assert other.get("/operations").json()["items"] == []
    assert other.get("/agents").json()["items"] == []
    assert other.get("/agents/reviewer").status_code == 404
    assert [item["id"] for item in own.get("/agents").json()["items"]] == ["reviewer"]


def test_a_limited_admin_makes_only_its_own_projects_and_no_agents(as_caller: AsCaller) -> None:
    limited = as_caller("admin", ["mine"])
    source = {"source": {"path": "/mine"}}
    assert limited.post("/projects", json={"name": "Mine", **source}).status_code == 201
    assert limited.post("/projects", json={"name": "Yours", **source}).status_code == 403
    assert limited.post("/agents", json={"name": "Agent", "capabilities": []}).status_code == 403


def test_a_revoked_key_ends_within_the_memory_of_it(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "CACHE_SECONDS", 0.0)
    assert client.get("/projects").status_code == 200
    with transaction() as session:
        keys.revoke(session, client.headers["Authorization"].split("_")[1])
    assert client.get("/projects").status_code == 401
