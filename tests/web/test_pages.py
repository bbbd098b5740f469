"""The few pages that are made here, and the browser's way in and out."""

from collections.abc import Callable

import httpx
import pytest

from callboard import keys
from callboard.db import transaction


def signed_in(stranger: httpx.Client, key: str) -> httpx.Response:
    with transaction() as session:
        ticket = keys.ticket(session, key)
    return stranger.get("/login", params={"ticket": ticket})


def test_the_start_page_and_the_description_need_no_key(stranger: httpx.Client) -> None:
    assert stranger.get("/").status_code == 200
    described = stranger.get("/docs").text
    assert "/api/v1/projects/{project_id}/operations" in described
    assert "<script" not in described
    assert "https://" not in described


def test_every_answer_forbids_foreign_content(stranger: httpx.Client) -> None:
    headers = stranger.get("/docs").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_ticket_signs_a_browser_in_once(stranger: httpx.Client, client: httpx.Client) -> None:
    answer = signed_in(stranger, client.headers["Authorization"].removeprefix("Bearer "))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert stranger.get("/api/v1/projects").status_code == 200
    assert stranger.get(answer.request.url).status_code == 401


def test_a_browser_with_an_old_link_is_told_where_to_sign_in(stranger: httpx.Client) -> None:
    told = stranger.get("/login?ticket=old", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (told.status_code, told.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "This sign-in link was used or is too old" in told.text
    assert '<a href="/">' in told.text


def test_a_session_acts_only_from_our_own_pages(stranger: httpx.Client, client: httpx.Client) -> None:
    signed_in(stranger, client.headers["Authorization"].removeprefix("Bearer "))
    agent = {"name": "Made in the browser", "capabilities": []}
    for foreign in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert stranger.post("/api/v1/agents", json=agent, headers=foreign).status_code == 403
    own = {"Origin": str(stranger.base_url).rstrip("/")}
    assert stranger.post("/api/v1/agents", json=agent, headers=own).status_code == 201


def test_signing_out_ends_the_session_at_once(stranger: httpx.Client, client: httpx.Client) -> None:
    signed_in(stranger, client.headers["Authorization"].removeprefix("Bearer "))
    token = stranger.cookies["callboard_session"]
    assert stranger.get("/api/v1/projects").status_code == 200
    assert stranger.post("/logout", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204
    assert stranger.get("/api/v1/projects", headers={"Cookie": f"callboard_session={token}"}).status_code == 401


def test_a_key_is_exchanged_for_a_session_only_on_our_own_page(
    stranger: httpx.Client, make_key: Callable[..., str]
) -> None:
    body = {"key": make_key("read")}
    assert stranger.post("/login", json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    answer = stranger.post("/login", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert stranger.get("/api/v1/projects").status_code == 200


@pytest.mark.parametrize(("body", "status"), [({"key": "wrong"}, 401), ({"key": 1}, 422), ([], 422), ({}, 422)])
def test_what_is_no_key_is_refused_in_a_sentence(stranger: httpx.Client, body: object, status: int) -> None:
    answer = stranger.post("/login", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (status, False)
    assert answer.json()["detail"]
