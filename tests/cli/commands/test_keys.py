"""Tests of `callboard keys` on the database of a running `up`."""

import json
from functools import partial

import pytest

from tests.cli.conftest import Type


@pytest.fixture
def keys(typed_at_server: Type) -> Type:
    """Types `callboard keys` where the server's settings are."""
    return partial(typed_at_server, "keys")


def test_a_key_opens_the_api_by_its_role(keys: Type, typed: Type) -> None:
    key = json.loads(keys("create", "reader", "--role", "read", "--json").stdout)["key"]
    assert typed("projects", "ls", CALLBOARD_API_KEY=key).exit_code == 0
    refused = typed("projects", "rm", "anything", CALLBOARD_API_KEY=key)
    assert refused.exit_code == 2
    assert "'reader' has the role 'read'" in refused.stderr


def test_a_revoked_key_is_refused_and_listed_no_more(keys: Type, typed: Type) -> None:
    key = keys("create", "ci").stdout.strip()
    (listed,) = [item for item in json.loads(keys("ls", "--json").stdout) if item["name"] == "ci"]
    assert key.startswith(f"cb_{listed['id']}_")
    assert keys("revoke", listed["id"]).stdout == f"revoked {listed['id']}\n"
    assert typed("projects", "ls", CALLBOARD_API_KEY=key).exit_code == 2
    assert listed["id"] not in keys("ls").stdout


def test_an_unknown_role_is_refused(keys: Type) -> None:
    result = keys("create", "ci", "--role", "king")
    assert result.exit_code == 2
    assert "role 'king' is none of read, submit, admin" in result.stderr


def test_a_key_may_be_for_one_project_alone(keys: Type, typed: Type, project: str) -> None:
    key = keys("create", "one", "--project", project).stdout.strip()
    listed = json.loads(typed("projects", "ls", "--json", CALLBOARD_API_KEY=key).stdout)
    assert [item["id"] for item in listed] == [project]
