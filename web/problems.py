"""The only renderer of errors: RFC 9457 problems, from whatever was raised."""

import http
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apiflask.exceptions import HTTPError
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import MethodNotAllowed

from callboard.errors import CallboardError, InvalidError, UnauthorizedError, UnavailableError
from callboard.settings import current

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
CODES = {
    400: ("bad_request", "The request cannot be read; its body must be one JSON object."),
    404: ("route_not_found", "There is nothing at {asked}; see /docs for the addresses that there are."),
    405: ("method_not_allowed", "{asked} is not offered; the header Allow names the methods that are."),
    408: ("request_timeout", "The request's body did not arrive in time; send it at once."),
    413: (
        "body_too_large",
        "The body is larger than the {body_bytes} bytes of CALLBOARD_BODY_BYTES; send less.",
    ),
    415: ("unsupported_media_type", "Send the body as JSON, with Content-Type: application/json."),
    426: ("upgrade_required", "{asked} is a WebSocket; connect to it as one, or read a project's /events."),
}
OBJECT = "it must be a JSON object"
WORDS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field here",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), OBJECT),
}
"""What pydantic says in words of Python."""

log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong: `code` is for programs and stays, `detail` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []


@dataclass(frozen=True)
class Rendered:
    """A problem as an HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def render(error: Exception, asked: str = "this address") -> Rendered:
    """The answer for an error of the request `asked`; an unforeseen one is logged, and tells nothing of the inside."""
    problem = _described(error, asked)
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    if problem.status == http.HTTPStatus.UPGRADE_REQUIRED:
        headers["Upgrade"] = "websocket"
    return Rendered(problem.status, problem.model_dump_json().encode(), headers)


def _described(error: Exception, asked: str) -> Problem:
    if isinstance(error, CallboardError) and error.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return _problem(error.status, error.code, str(error), error.fields)
    if isinstance(error, CallboardError) and error.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        return _problem(error.status, error.code, str(error))
    if isinstance(error, HTTPError) and isinstance(error.__cause__, ValidationError):
        fields = list(fields_of(error.__cause__))
        return _problem(422, InvalidError.code, "; ".join(f"{f['field']}: {f['message']}" for f in fields), fields)
    if isinstance(error, DataError):
        return _problem(422, InvalidError.code, "A value is out of the range that can be stored; use a smaller one.")
    status = _status(error)
    if status in CODES:
        code, sentence = CODES[status]
        return _problem(status, code, sentence.format(asked=asked, body_bytes=current().body_bytes))
    log.error("unforeseen error", exc_info=error)
    return _problem(500, "internal_error", "Something went wrong on our side; the server's log says what.")


def _problem(status: int, code: str, detail: str, fields: Iterable[dict[str, Any]] = ()) -> Problem:
    errors = [FieldProblem(field=item["field"], message=item["message"]) for item in fields]
    return Problem(title=http.HTTPStatus(status).phrase, status=status, detail=detail, code=code, errors=errors)


def fields_of(error: ValidationError) -> Iterable[dict[str, str]]:
    """Each wrong field with a sentence that shows what was given."""
    for problem in error.errors(include_url=False, include_context=False):
        told = WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        given = "" if problem["type"] == "missing" else f" (it is {_shown(problem['input'])})"
        yield {"field": ".".join(map(str, problem["loc"])) or "body", "message": told + given}


def _shown(value: Any, longest: int = 60) -> str:
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    return status if isinstance(status, int) else http.HTTPStatus.INTERNAL_SERVER_ERROR
