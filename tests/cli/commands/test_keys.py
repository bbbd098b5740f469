"""Tests of `callboard keys` in the folder of a running `up`."""

import json
import subprocess
from pathlib import Path

from tests.cli.conftest import BARE, PROGRAM, Type, Up


def keys(up: Up, *words: str) -> subprocess.CompletedProcess[str]:
    environment = BARE | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = (*PROGRAM, "keys", *words)
    return subprocess.run(command, cwd=up.root, env=environment, capture_output=True, text=True, check=False)


def test_a_key_opens_the_api_by_its_role(up: Up, typed: Type) -> None:
    key = json.loads(keys(up, "create", "reader", "--role", "read", "--json").stdout)["key"]
    assert typed("projects", "ls", CALLBOARD_API_KEY=key).exit_code == 0
    refused = typed("projects", "rm", "anything", CALLBOARD_API_KEY=key)
    assert refused.exit_code == 2
    assert "'reader' has the role 'read'" in refused.stderr


def test_a_revoked_key_is_refused_and_listed_no_more(up: Up, typed: Type) -> None:
    key = keys(up, "create", "ci").stdout.strip()
    (listed,) = [item for item in json.loads(keys(up, "ls", "--json").stdout) if item["name"] == "ci"]
    assert key.startswith(f"cb_{listed['id']}_")
    assert keys(up, "revoke", listed["id"]).stdout == f"revoked {listed['id']}\n"
    assert typed("projects", "ls", CALLBOARD_API_KEY=key).exit_code == 2
    assert listed["id"] not in keys(up, "ls").stdout


def test_an_unknown_role_is_refused(up: Up) -> None:
    result = keys(up, "create", "ci", "--role", "king")
    assert result.returncode == 2
    assert "role 'king' is none of read, submit, admin" in result.stderr


def test_a_key_may_be_for_one_project_alone(up: Up, typed: Type, project: str) -> None:
    key = keys(up, "create", "one", "--project", project).stdout.strip()
    listed = json.loads(typed("projects", "ls", "--json", CALLBOARD_API_KEY=key).stdout)
    assert [item["id"] for item in listed] == [project]
