"""Tests of `callboard operations` against a running `up`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.api.client import Client
from tests.cli.conftest import BARE, PROGRAM, Type, Up


@pytest.fixture
def reviewed(typed: Type, project: str) -> dict[str, Any]:
    """A completed review of the project."""
    result = typed("run", "code_review", "-p", project, "--json")
    assert result.exit_code == 1, result.stderr
    return dict(json.loads(result.stdout))


def test_operations_are_listed_by_what_they_are(typed: Type, reviewed: dict[str, Any]) -> None:
    project = reviewed["project_id"]
    assert reviewed["id"] in typed("operations", "ls", "-p", project, "--verdict", "fail", "-c", "code_review").stdout
    assert typed("ops", "ls", "-p", project, "--status", "failed").stdout.startswith("no operations")
    assert [item["id"] for item in json.loads(typed("ops", "ls", "-p", project, "--json").stdout)] == [reviewed["id"]]


def test_an_unknown_status_is_refused(typed: Type) -> None:
    result = typed("ops", "ls", "--status", "asleep")
    assert result.exit_code == 2
    assert "status" in result.stderr


def test_an_operation_is_shown_with_its_findings(typed: Type, reviewed: dict[str, Any]) -> None:
    shown = typed("ops", "show", reviewed["id"]).stdout
    assert "1 new, 0 fixed" in shown
    assert "src/shop/cart.py:3" in shown
    assert json.loads(typed("ops", "show", reviewed["id"], "--json").stdout)["id"] == reviewed["id"]


def test_a_failure_is_shown_with_its_reason_and_way_out(typed: Type, project: str) -> None:
    failed = json.loads(typed("run", "code_review", "-p", project, "--param", 'paths:=["no/such"]', "--json").stdout)
    shown = typed("ops", "show", failed["id"]).stdout
    assert "invalid_parameters" in shown
    assert "correct the parameters and run it again" in shown


def test_artifacts_are_listed_and_saved(typed: Type, reviewed: dict[str, Any], tmp_path: Path) -> None:
    assert "results.sarif" in typed("ops", "artifacts", reviewed["id"]).stdout
    listed = json.loads(typed("ops", "artifacts", reviewed["id"], "--json").stdout)
    assert {item["name"] for item in listed} >= {"log.txt", "results.sarif"}
    saved = tmp_path / "results.sarif"
    typed("ops", "artifacts", reviewed["id"], "results.sarif", "--output", str(saved))
    assert json.loads(saved.read_text())["version"] == "2.1.0"
    assert json.loads(typed("ops", "artifacts", reviewed["id"], "results.sarif").stdout)["version"] == "2.1.0"


def test_a_file_that_cannot_be_written_is_a_sentence(typed: Type, reviewed: dict[str, Any], tmp_path: Path) -> None:
    result = typed("ops", "artifacts", reviewed["id"], "log.txt", "--output", str(tmp_path / "no" / "file"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_an_artifact_that_is_not_there_is_refused(typed: Type, reviewed: dict[str, Any]) -> None:
    assert typed("ops", "artifacts", reviewed["id"], "nothing.txt").exit_code == 2


def test_a_rerun_is_followed_like_a_run(typed: Type, reviewed: dict[str, Any]) -> None:
    result = typed("ops", "rerun", reviewed["id"], "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rerun_of"] == reviewed["id"]


def test_a_scheduled_operation_tells_when_it_is_due_and_can_be_cancelled(
    typed: Type, project: str, api: Client
) -> None:
    work = {"agent_id": project, "capability": "testing", "run_at": "2100-01-01T00:00:00Z"}
    id = str(api.submit(project, work, once=f"later-{project}").id)
    assert "it is due at " in typed("ops", "show", id).stdout
    assert typed("ops", "cancel", id).stdout == f"{id} is cancelled\n"
    shown = typed("ops", "show", id).stdout
    assert f"`callboard operations rerun {id}` runs it anew" in shown


def test_what_has_ended_cannot_be_cancelled(typed: Type, reviewed: dict[str, Any]) -> None:
    result = typed("ops", "cancel", reviewed["id"])
    assert result.exit_code == 2
    assert "already completed" in result.stderr


def test_tail_tells_every_change_of_all_projects(up: Up, typed: Type, project: str) -> None:
    environment = BARE | up.environment | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = (*PROGRAM, "ops", "tail", "-p", project, "--count", "3", "--json")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stderr is not None
        assert tail.stderr.readline() == "callboard: following; Ctrl-C ends it\n"
        typed("run", "code_review", "-p", project)
        told = [json.loads(line) for line in tail.communicate(timeout=60)[0].splitlines()]
    assert [operation["status"] for operation in told] == ["pending", "running", "completed"]
    assert tail.returncode == 0


def test_a_cancel_is_told_to_scripts(typed: Type, api: Client, project: str) -> None:
    due = api.submit(
        project, {"agent_id": project, "capability": "testing", "run_at": "2099-01-01T00:00:00Z"}, once=project
    )
    cancelled = json.loads(typed("ops", "cancel", str(due.id), "--json").stdout)
    assert [(each["id"], each["status"]) for each in cancelled] == [(str(due.id), "cancelled")]
