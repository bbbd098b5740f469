"""A thin client of the HTTP API: answers as JSON or as operations, refusals as the errors that they are."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import httpx
from pydantic import ValidationError

from callboard.errors import CallboardError, UnavailableError
from callboard.shapes import AgentProjectOperation
from cli.api import connection
from cli.api.connection import Connection

Json = dict[str, Any]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ABSENT = (502, 503, 504)
_PAGE = 100
_PATIENCE = httpx.Timeout(30, connect=5)
_STREAM_SILENCE_SECONDS = 15


class Client:
    """One conversation with the API; every method raises the refusal's own error, or UnavailableError."""

    def __init__(self, where: Connection) -> None:
        self.where = where
        self._http = httpx.Client(
            base_url=f"{where.url}/api/v1",
            headers=credentials(where),
            timeout=_PATIENCE,
            trust_env=is_remote(where),
            # A plain URL needs no certificates, and all that are trusted take 50 ms to load.
            verify=not where.url.startswith("http://"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    def get(self, *parts: str, **query: Any) -> Json:
        """What GET /api/v1/<parts> answers; a query parameter that is None is left out."""
        return self._json(self._answer("GET", parts, params=_given(query)))

    def send(self, method: str, *parts: str, body: Json | None = None, once: str | None = None) -> Json:
        """What a changing call answers, {} for nothing; `once` is its Idempotency-Key."""
        headers = {"Idempotency-Key": once} if once else {}
        answer = self._answer(method, parts, json=body, headers=headers)
        return self._json(answer) if answer.content else {}

    def items(self, *parts: str, limit: int | None = None, **query: Any) -> Iterator[Json]:
        """The items of a list, page by page, at most `limit` of them."""
        while True:
            page = self.get(*parts, limit=limit and min(limit, _PAGE), **query)
            yield from page["items"]
            limit = limit and limit - len(page["items"])
            query["cursor"] = page["next"]
            if limit == 0 or page["next"] is None:
                return

    def operation(self, id: str, *, wait: float | None = None) -> AgentProjectOperation:
        """One operation; with `wait` it is answered when it has ended, or after so many seconds."""
        return parsed(self.get("operations", id, wait=wait))

    def submit(self, project_id: str, work: Json, *, once: str) -> AgentProjectOperation:
        """Submits work and answers the accepted operation; the same `once` makes one operation."""
        return parsed(self.send("POST", "projects", project_id, "operations", body=work, once=once))

    def download(self, *parts: str) -> bytes:
        """The bytes that GET /api/v1/<parts> answers."""
        return self._answer("GET", parts).content

    def frames(self, project_id: str, since: int) -> Iterator[Json | None]:
        """The project's numbered frames after `since` and then live ones, by SSE; None for a sign of life.

        Raises httpx.HTTPError when the stream breaks, is refused or is silent for too long.
        """
        path = _path(("projects", project_id, "events"))
        accept = {"Accept": "text/event-stream"}
        timeout = httpx.Timeout(_STREAM_SILENCE_SECONDS, connect=5)
        with self._http.stream("GET", path, params={"since": since}, headers=accept, timeout=timeout) as answer:
            answer.raise_for_status()
            if "event-stream" not in answer.headers.get("Content-Type", ""):
                raise httpx.UnsupportedProtocol(f"{path} is no stream of events")
            for line in answer.iter_lines():
                yield json.loads(line.removeprefix("data:")) if line.startswith("data:") else None

    def _answer(self, method: str, parts: tuple[str, ...], **request: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, _path(parts), **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(_unanswered(self.where, error)) from error
        if not answer.is_success:
            refuse(answer)
        return answer

    def _json(self, answer: httpx.Response) -> Json:
        try:
            return dict(answer.json())
        except ValueError as error:
            raise CallboardError(f"{self.where.url} is no Callboard: {answer.url.path} answers no JSON") from error


def connect() -> Client:
    """A client of the API that the environment or the running `callboard up` names."""
    return Client(connection.find())


def parsed(answer: Json) -> AgentProjectOperation:
    """An operation as the API answers it. Raises CallboardError where it is of another shape."""
    try:
        return AgentProjectOperation.model_validate(answer)
    except ValidationError as error:
        raise CallboardError(
            f"The API's operation does not fit this version of `callboard` ({error.errors()[0]['msg']}); "
            "use the version that the server has"
        ) from error


def refuse(answer: httpx.Response) -> NoReturn:
    """Raises the error of the tree whose code the problem bears, with its sentence and the fields that are wrong."""
    try:
        problem = dict(answer.json())
    except ValueError:
        problem = {}
    told = problem.get("detail") or problem.get("title") or f"{answer.url} answers {answer.status_code}"
    fields = [item for item in problem.get("errors", ()) if isinstance(item, dict)]
    unsaid = [f"{item.get('field')}: {item.get('message')}" for item in fields if str(item.get("message")) not in told]
    unknown = UnavailableError if answer.status_code in _ABSENT else CallboardError
    kind = _by_code(CallboardError).get(str(problem.get("code")), unknown)
    raise kind("; ".join([str(told), *unsaid]), fields=fields)


def credentials(where: Connection) -> dict[str, str]:
    """The headers that show the key."""
    return {"Authorization": f"Bearer {where.key}"} if where.key else {}


def is_remote(where: Connection) -> bool:
    """Whether a proxy of the environment may stand between; never for this machine itself."""
    return urlsplit(where.url).hostname not in _LOOPBACK


def _unanswered(where: Connection, error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{where.url} does not answer in time; `callboard doctor` looks for the cause"
    if isinstance(error, httpx.ConnectError):
        return f"Nothing answers at {where.url}; start it with `callboard up`, or set CALLBOARD_URL to where it runs"
    return f"The conversation with {where.url} broke off: {error}; check CALLBOARD_URL and try again"


def _by_code(kind: type[CallboardError]) -> dict[str, type[CallboardError]]:
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found = _by_code(child) | found
    return found


def _path(parts: tuple[str, ...]) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _given(query: Json) -> Json:
    return {name: value for name, value in query.items() if value is not None}
