import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from callboard.errors import (
    AgentNotAssignedError,
    CallboardError,
    InvalidParametersError,
    ProjectNotFoundError,
    UnavailableError,
)
from cli.api import client
from cli.api.client import Client
from cli.api.connection import Connection
from tests.cli.scripted import scripted


def test_a_refusal_is_the_error_that_the_server_raised(api: Client) -> None:
    with pytest.raises(ProjectNotFoundError, match="nowhere"):
        api.get("projects", "nowhere")


def test_an_id_cannot_lead_to_another_address(api: Client) -> None:
    with pytest.raises(CallboardError):
        api.get("projects", "../agents")


def test_a_list_is_read_to_its_end_or_to_the_limit(api: Client) -> None:
    for number in range(3):
        api.send("POST", "projects", body={"name": f"Page {number}", "source": {"path": "/"}})
    everything = [item["id"] for item in api.items("projects")]
    assert [item["id"] for item in api.items("projects", limit=2)] == everything[:2]
    by_page = api.get("projects", limit=2)
    rest = api.get("projects", cursor=by_page["next"], limit=200)
    assert [item["id"] for item in by_page["items"] + rest["items"]] == everything


@pytest.mark.parametrize("code", ["agent_not_assigned", "invalid_parameters", "something_new"])
def test_each_code_has_its_error_and_an_unknown_one_the_plain_one(code: str) -> None:
    known = {"agent_not_assigned": AgentNotAssignedError, "invalid_parameters": InvalidParametersError}
    problem = {"code": code, "detail": "No.", "errors": [{"field": "speed", "message": "too high"}]}
    with (
        scripted(lambda path: (422, "application/problem+json", json.dumps(problem).encode())) as api,
        pytest.raises(CallboardError, match=r"^No\.; speed: too high$") as raised,
    ):
        api.get("projects")
    assert raised.type is known.get(code, CallboardError)


@pytest.mark.parametrize(("status", "kind"), [(502, UnavailableError), (403, CallboardError)])
def test_a_proxy_s_refusal_names_its_status(status: int, kind: type[CallboardError]) -> None:
    with (
        scripted(lambda path: (status, "text/html", b"<h1>no</h1>")) as api,
        pytest.raises(kind, match=f"answers {status}"),
    ):
        api.get("projects")


def test_another_server_is_recognised_as_none_of_ours() -> None:
    with (
        scripted(lambda path: (200, "text/html", b"hello")) as api,
        pytest.raises(CallboardError, match="no Callboard"),
    ):
        api.get("projects")


def test_an_operation_of_another_shape_names_what_does_not_fit() -> None:
    with pytest.raises(CallboardError, match="does not fit this version of `callboard`"):
        client.parsed({"id": 1})


def test_an_address_that_is_none_is_a_sentence() -> None:
    with Client(Connection("http://127.0.0.1:99999")) as api, pytest.raises(UnavailableError, match="CALLBOARD_URL"):
        api.get("projects")


def test_a_proxy_of_the_environment_never_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted(lambda path: (200, "application/json", b'{"items": [], "next": null}')) as api:
        assert list(api.items("projects")) == []
    assert client.is_remote(Connection("https://callboard.example"))


def test_a_server_must_prove_who_it_is_unless_its_address_is_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    proves: list[bool] = []
    monkeypatch.setattr(client.httpx, "Client", lambda **options: proves.append(options["verify"]))
    for url in ("http://127.0.0.1:8080", "https://callboard.example", "HTTPS://callboard.example"):
        Client(Connection(url))

    assert proves == [False, True, True]


def test_a_server_that_does_not_answer_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = Connection(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with Client(where) as api, pytest.raises(UnavailableError, match="does not answer in time"):
            api.get("projects")


def test_a_conversation_that_breaks_off_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: listener.accept()[0].close())
        where = Connection(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with Client(where) as api, pytest.raises(UnavailableError, match=r"broke off: .*; check CALLBOARD_URL"):
            api.get("projects")


def test_a_list_is_read_page_by_page() -> None:
    pages = {"": ("a", "more"), "more": ("b", None)}

    def answer(path: str) -> tuple[int, str, bytes]:
        id, following = pages[path.partition("cursor=")[2]]
        return 200, "application/json", json.dumps({"items": [{"id": id}], "next": following}).encode()

    with scripted(answer) as api:
        assert [item["id"] for item in api.items("projects")] == ["a", "b"]
