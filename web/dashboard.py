"""Serves the built dashboard: its files for ever, its page afresh, under any path prefix; all else is the API's."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

BUILT = Path(__file__).resolve().parent / "static" / "dashboard"
NOT_PAGES = re.compile(r"/(api|docs|static|login|logout|healthz|readyz|metrics|openapi\.json)(/|$)")
NAME = re.compile(r"[\w-][\w.-]*")
PREFIX = re.compile(r"(/[\w.~-]+)*")
POLICY = (
    "default-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


class Dashboard:
    """Answers browsers with the dashboard where one is built in `folder`; whatever is no page goes to `app`."""

    def __init__(self, app: ASGIApp, folder: Path = BUILT) -> None:
        self._app = app
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request. Raises HTTPException 404 for a file that is not there."""
        answer = self._answer(scope)
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        if scope["method"] not in ("GET", "HEAD") or not (self._folder / "index.html").is_file():
            return None
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith("/assets/"):
            return self._file("assets", path.removeprefix("/assets/"), headers, "public, max-age=31536000, immutable")
        if path == "/icon.svg":
            return self._file("", "icon.svg", headers, "public, max-age=3600")
        if path == "/" or ("text/html" in headers.get("accept", "") and not NOT_PAGES.match(path)):
            return self._page(prefix(headers, scope.get("root_path", "")))
        return None

    def _file(self, folder: str, name: str, headers: Headers, cache: str) -> Response:
        plain = self._folder / folder / name
        if not NAME.fullmatch(name) or not plain.is_file():
            raise HTTPException(404)
        told = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        packed = plain.with_name(f"{plain.name}.gz")
        if "gzip" not in headers.get("accept-encoding", "") or not packed.is_file():
            return FileResponse(plain, headers=told)
        # Without the name FileResponse would take the type of the packed file.
        media_type = FileResponse(plain).media_type
        return FileResponse(packed, headers={**told, "Content-Encoding": "gzip"}, media_type=media_type)

    def _page(self, base: str) -> Response:
        nonce = secrets.token_urlsafe(16)
        page = (self._folder / "index.html").read_text(encoding="utf-8")
        page = page.replace('<base href="/"', f'<base href="{base}/"', 1)
        page = page.replace('name="style-nonce" content=""', f'name="style-nonce" content="{nonce}"', 1)
        told = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY.format(nonce=nonce)}
        return HTMLResponse(page, headers=told)


def prefix(headers: Mapping[str, str], root_path: str) -> str:
    """The path that a proxy, or the server's own root path, puts before ours; empty where it is no plain path."""
    given = (headers.get("X-Forwarded-Prefix", "").rstrip("/") or root_path).rstrip("/")
    return given if PREFIX.fullmatch(given) else ""
