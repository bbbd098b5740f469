"""Tests of `callboard signin` on the database of a running `up`."""

import json

import httpx

from tests.cli.conftest import Type, Up


def test_its_link_signs_a_browser_in_once(up: Up, typed_at_server: Type) -> None:
    link = typed_at_server("signin").stdout.strip()
    first, second = httpx.get(link), httpx.get(link)

    assert link.startswith(f"{up.url}/login?ticket=")
    assert (first.status_code, "set-cookie" in first.headers, second.status_code) == (303, True, 401)
    assert json.loads(typed_at_server("signin", "--json").stdout)["sign_in"].startswith(f"{up.url}/login?ticket=")


def test_without_a_key_it_says_what_to_do(typed_at_server: Type) -> None:
    result = typed_at_server("signin", CALLBOARD_URL="http://127.0.0.1:1", CALLBOARD_API_KEY=None)
    assert result.exit_code == 2
    assert result.stderr == "callboard: no API key is known; set CALLBOARD_API_KEY, or start `callboard up`\n"
