"""Who calls: an API key, or the browser's session cookie, and what they may do where."""

import hashlib
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import g, request
from starlette.datastructures import Headers

from callboard import keys
from callboard.db import transaction
from callboard.errors import ForbiddenError, ProjectNotFoundError, UnauthorizedError
from callboard.keys import Caller, Role

COOKIE = "callboard_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CACHE_SECONDS = 5.0
CACHE_SIZE = 1024

_known: dict[str, tuple[float, Caller]] = {}


def identify(headers: Headers, cookies: Mapping[str, str], *, same_origin: bool) -> Caller:
    """Who sends these; with `same_origin` a cookie counts only from our own pages.

    Raises UnauthorizedError, or ForbiddenError for a page of another site.
    """
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return of_key(key.strip())
    token = cookies.get(COOKIE)
    if not token:
        raise UnauthorizedError("No API key was given; send it as `Authorization: Bearer <key>`, or sign in")
    if same_origin:
        require_same_origin(headers)
    return _remembered("session", token)


def of_key(key: str) -> Caller:
    """Whose API key this is; looked up at most once every 5 seconds. Raises UnauthorizedError."""
    return _remembered("key", key)


def require_same_origin(headers: Headers) -> None:
    """Raises ForbiddenError where the browser says, or cannot deny, that another site's page sends this."""
    site, origin = headers.get("Sec-Fetch-Site", ""), headers.get("Origin", "")
    same_host = origin != "" and urlsplit(origin).netloc == headers.get("Host", "")
    if not (site in ("same-origin", "none") if site else same_host):
        raise ForbiddenError("Another site's page may not act with your session; open Callboard itself")


def authenticate() -> None:
    """Identifies the caller of the request that Flask is serving."""
    g.caller = identify(sent_headers(), request.cookies, same_origin=request.method not in SAFE_METHODS)


def sent_headers() -> Headers:
    """The headers of the request that Flask is serving, as the loop has them."""
    return Headers(dict(request.headers))


def caller() -> Caller:
    """Who sends the request that Flask is serving."""
    known: Caller = g.caller
    return known


def require(role: Role, project_id: str | None = None) -> Caller:
    """The caller, who has at least this role, on this project where one is named.

    Raises ForbiddenError, or ProjectNotFoundError for another's project, which looks as if it did not exist.
    """
    who = caller()
    if project_id is not None and not who.sees(project_id):
        raise ProjectNotFoundError.of(project_id)
    who.require(role)
    return who


def require_everywhere(role: Role) -> Caller:
    """The caller, who has at least this role on all projects. Raises ForbiddenError."""
    who = require(role)
    if who.projects is not None:
        raise ForbiddenError(f"Key {who.name!r} is limited to projects; agents belong to all of them")
    return who


def _remembered(kind: str, token: str) -> Caller:
    name = hashlib.sha256(f"{kind}:{token}".encode("utf-8", "surrogateescape")).hexdigest()
    found = _known.get(name)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    with transaction() as session:
        who = keys.authenticate(session, token) if kind == "key" else keys.signed_in(session, token)
    if len(_known) >= CACHE_SIZE:
        _known.clear()
    _known[name] = (time.monotonic() + CACHE_SECONDS, who)
    return who


def forget(token: str) -> None:
    """Drops what is remembered of a browser session that was signed out."""
    _known.pop(hashlib.sha256(f"session:{token}".encode()).hexdigest(), None)
