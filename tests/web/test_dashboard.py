"""The built dashboard as browsers get it: its page afresh, its files for ever, nothing in place of what is missing."""

import asyncio
import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from web.dashboard import Dashboard
from web.edge import Edge

Ask = Callable[..., httpx.Response]
pytestmark = pytest.mark.usefixtures("servers")

PAGE = '<base href="/" /><meta name="style-nonce" content="" /><script src="./assets/index-1a.js"></script>'
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "assets" / "index-1a.js").write_text("let it = 1")
    (tmp_path / "assets" / "index-1a.js.gz").write_bytes(gzip.compress(b"let it = 1"))
    return tmp_path


def asking(folder: Path, root_path: str = "") -> Ask:
    app = Edge(Dashboard(PlainTextResponse("the API"), folder))

    async def ask(path: str, method: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=BROWSER) as client:
            return await client.request(method, path, headers=headers)

    def now(path: str, method: str = "GET", **headers: Any) -> httpx.Response:
        return asyncio.run(ask(path, method, {name.replace("_", "-"): value for name, value in headers.items()}))

    return now


@pytest.fixture
def ask(built: Path) -> Ask:
    """Asks as a browser does; keyword arguments are headers."""
    return asking(built)


@pytest.mark.parametrize("path", ["/", "/projects/shop", "/operations"])
def test_every_address_of_a_page_gets_the_page_afresh(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert "./assets/index-1a.js" in answer.text


def test_the_page_runs_no_inline_script_and_only_its_own_styles(ask: Ask) -> None:
    answer = ask("/")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r'style-nonce" content="([^"]+)"', answer.text)
    assert nonce is not None
    assert f"style-src 'self' 'nonce-{nonce[1]}'" in policy
    assert "unsafe" not in policy
    assert policy != ask("/").headers["Content-Security-Policy"]


def test_files_are_kept_for_ever_and_come_packed(ask: Ask) -> None:
    answer = ask("/assets/index-1a.js")
    assert answer.text == "let it = 1"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "javascript" in answer.headers["Content-Type"]
    plain = ask("/assets/index-1a.js", Accept_Encoding="identity")
    assert (plain.text, plain.headers.get("Content-Encoding")) == ("let it = 1", None)


def test_the_icon_is_kept_for_an_hour(ask: Ask) -> None:
    answer = ask("/icon.svg")
    assert (answer.text, answer.headers["Cache-Control"]) == ("<svg/>", "public, max-age=3600")


@pytest.mark.parametrize("name", ["missing.js", "..%2findex.html", ".stamp", ""])
def test_a_missing_file_is_never_the_page(ask: Ask, name: str) -> None:
    assert ask(f"/assets/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/nonsense", "/docs", "/healthz", "/openapi.json", "/static/pages.css"])
def test_what_is_no_page_goes_to_the_api(ask: Ask, path: str) -> None:
    assert ask(path).text == "the API"


def test_programs_get_the_api_everywhere_but_at_the_start(ask: Ask) -> None:
    assert ask("/projects", Accept="application/json").text == "the API"
    assert ask("/projects", "POST").text == "the API"


@pytest.mark.parametrize(
    ("given", "base"), [("/tools/callboard", "/tools/callboard/"), ("//evil.example", "/"), ('/"', "/")]
)
def test_the_page_knows_the_prefix_that_a_proxy_tells(ask: Ask, given: str, base: str) -> None:
    assert f'<base href="{base}" />' in ask("/", X_Forwarded_Prefix=given).text


def test_the_servers_own_root_path_counts_too(built: Path) -> None:
    ask = asking(built, root_path="/cb")
    assert '<base href="/cb/" />' in ask("/cb/").text
    assert ask("/cb/assets/index-1a.js").status_code == 200


def test_without_a_built_dashboard_everything_is_the_apis(tmp_path: Path) -> None:
    assert asking(tmp_path)("/").text == "the API"
