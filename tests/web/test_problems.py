"""Every error is a problem that a program and a person can read."""

import httpx
import pytest

from callboard.errors import AttemptLostError, UnavailableError
from web.problems import render

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "route_not_found"),
        ("GET", "/no%0Awhere", b"", 404, "route_not_found"),
        ("PUT", "/projects", b"", 405, "method_not_allowed"),
        ("POST", "/projects", b"{", 400, "bad_request"),
        ("POST", "/projects", b"", 400, "bad_request"),
        ("POST", "/projects", b"[" * 100_000, 400, "bad_request"),
        ("POST", "/projects", b"\xff", 400, "bad_request"),
        ("POST", "/projects", b"[]", 422, "invalid_request"),
        ("POST", "/projects", b"null", 422, "invalid_request"),
        ("POST", "/projects", b'{"name": "\\u0000", "source": {"path": "/x"}}', 422, "invalid_request"),
        ("POST", "/projects", b'{"name": "\\ud800", "source": {"path": "/x"}}', 422, "invalid_request"),
        ("POST", "/agents", b'{"name": "A", "capabilities": [], "settings": {"n": 1e999}}', 422, "invalid_request"),
        ("GET", "/projects/a%00b", b"", 422, "invalid_request"),
        ("GET", "/operations?agent_id=%00", b"", 422, "invalid_request"),
        ("GET", "/operations?limit=0", b"", 422, "invalid_request"),
        ("GET", "/projects/%F0%9F%8E%AD", b"", 404, "project_not_found"),
    ],
)
def test_a_wrong_request_gets_a_problem(
    client: httpx.Client, method: str, path: str, content: bytes, status: int, code: str
) -> None:
    answer = client.request(method, path, content=content, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "code", "errors"}


def test_a_form_is_told_to_send_json(client: httpx.Client) -> None:
    answer = client.post("/projects", data={"name": "Form"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_each_wrong_field_is_named(client: httpx.Client) -> None:
    wrong = {"name": "", "source": {"path": 3}, "colour": "red"}
    errors = client.post("/projects", json=wrong).json()["errors"]
    assert {error["field"] for error in errors} == {"name", "source.path", "colour"}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/projects", {"id": "No Slug", "name": "A", "source": {"path": "/a"}}, "id"),
        ("POST", "/projects", {"name": "A", "source": {}}, "source"),
        ("POST", "/agents", {"name": "A", "capabilities": ["No Name"]}, "capabilities"),
        ("POST", "/agents", {"name": "A", "capabilities": [], "settings": {"max_running": 0}}, "settings.max_running"),
        ("GET", "/operations?cursor=none", None, "cursor"),
    ],
)
def test_a_field_that_only_the_service_can_judge_is_named_too(
    client: httpx.Client, method: str, path: str, body: object, field: str
) -> None:
    problem = client.request(method, path, json=body).json()
    assert problem["errors"] == [{"field": field, "message": problem["detail"]}]


def test_a_problem_names_what_was_asked_and_needs_no_python(client: httpx.Client) -> None:
    assert "GET /api/v1/nowhere" in client.get("/nowhere").json()["detail"]
    assert "PUT /api/v1/projects is not offered" in client.put("/projects").json()["detail"]
    wrong = client.post("/projects", json={"source": "here", "colour": "red"}).json()["errors"]
    assert {error["field"]: error["message"] for error in wrong} == {
        "name": "it is missing",
        "source": 'it must be a JSON object (it is "here")',
        "colour": 'there is no such field here (it is "red")',
    }


def test_a_failure_inside_tells_nothing_of_the_inside() -> None:
    for error in (RuntimeError("secret"), AttemptLostError("secret")):
        rendered = render(error)
        assert rendered.status == 500
        assert b"secret" not in rendered.body


def test_an_unavailable_database_says_when_to_come_again() -> None:
    rendered = render(UnavailableError())
    assert (rendered.status, rendered.headers["Retry-After"]) == (503, "2")
