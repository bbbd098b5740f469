"""What every answer passes last: security headers, a request id, one log line, a latency, and never a traceback."""

import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callboard.errors import InvalidError
from web import metrics, problems

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
SILENT = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger("web")


class Edge:
    """Wraps the whole application; what comes through as an exception becomes a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, scope, Headers(scope=scope).get("x-request-id", "")[:64] or uuid4().hex)
        began = time.perf_counter()
        try:
            require_readable(scope)
            # With an `app` in its scope, Starlette's router raises its refusals instead of answering plain text.
            await self._app({**scope, "app": self}, receive, answer.send)
        except ClientDisconnect:
            answer.status = 499
        except Exception as error:  # the last place where an error can become an answer instead of a traceback
            await answer.fail(error)
        _note(scope, answer, time.perf_counter() - began)


class _Answer:
    """Remembers what was answered, and adds what every answer carries."""

    def __init__(self, send: Send, scope: Scope, request_id: str) -> None:
        self._send = send
        self._asked = f"{scope['method']} {scope['path']}"
        self.request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.request_id
        await self._send(message)

    async def fail(self, error: Exception) -> None:
        if self.status:
            log.error("an answer broke off", request_id=self.request_id, exc_info=error)
            return
        rendered = problems.render(error, self._asked)
        headers = {**rendered.headers, "Content-Length": str(len(rendered.body)), "Connection": "close"}
        pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": rendered.status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": rendered.body})


def require_readable(scope: Scope) -> None:
    """Raises InvalidError for an address that PostgreSQL could not look up."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise InvalidError("The address holds a NUL character; leave it out")


def _note(scope: Scope, answer: _Answer, seconds: float) -> None:
    if scope["path"] in SILENT:
        return
    metrics.LATENCY.labels(scope["method"], str(answer.status)).observe(seconds)
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=answer.status,
        ms=round(seconds * 1000, 1),
        request_id=answer.request_id,
    )
