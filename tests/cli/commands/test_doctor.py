"""Tests of `callboard doctor`: in the folder of a running `up`, at a distance, and where nothing is."""

import json
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extras import Json

from cli.api.client import Client
from cli.api.connection import written
from tests.cli.conftest import BARE, PROGRAM, Up

HERE = {"PYTHONPATH": str(Path(__file__).parents[3])}


def doctor(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = (*PROGRAM, "doctor", *words)
    return subprocess.run(
        command, cwd=folder, env=BARE | HERE | environment, capture_output=True, text=True, check=False
    )


def test_beside_a_running_up_everything_is_well(up: Up) -> None:
    result = doctor(up.root, "--json")
    findings = {item["name"]: item for item in json.loads(result.stdout)}
    assert {item["state"] for item in findings.values()} == {"ok"}, result.stdout
    assert result.returncode == 0
    assert "code_review" in findings["workers"]["told"]
    assert findings["api key"]["told"] == "the API takes the key"


def test_where_nothing_runs_each_failure_says_what_to_do(tmp_path: Path) -> None:
    result = doctor(tmp_path)
    assert result.returncode == 3
    assert "failed  settings: CALLBOARD_DATABASE_URL is not set; `callboard up` sets it" in result.stdout
    assert "set CALLBOARD_API_KEY" in result.stdout


def test_servers_that_are_down_are_each_named(tmp_path: Path) -> None:
    urls = {"DATABASE": "postgresql://a:b@127.0.0.1:1/c", "REDIS": "redis://127.0.0.1:1", "": "http://127.0.0.1:1"}
    dead = {f"CALLBOARD_{name}_URL".replace("__", "_"): url for name, url in urls.items()}
    findings = {item["name"]: item for item in json.loads(doctor(tmp_path, "--json", **dead).stdout)}
    assert {name for name, item in findings.items() if item["state"] == "failed"} == {
        *("database", "redis", "broker", "workers", "account", "records", "sandbox", "api", "api key")
    }
    assert "correct CALLBOARD_BROKER_URL" in findings["broker"]["told"]
    assert "start it with `callboard up`" in findings["api"]["told"]


def test_a_damaged_window_is_found_and_mended(up: Up, api: Client, project: str) -> None:
    work = {"agent_id": project, "capability": "code_review"}
    id = str(api.submit(project, work, once=project).id)
    assert api.operation(id, wait=60).status == "completed"
    with closing(psycopg2.connect(written(up.data)["CALLBOARD_DATABASE_URL"])) as database, database.cursor() as cursor:
        empty = Json({"assigned_agents": [], "capability_requirements": [], "operation_history": []})
        cursor.execute("UPDATE projects SET agent_metadata = %s WHERE id = %s", [empty, project])
        database.commit()

    sick = doctor(up.root)
    assert (sick.returncode, f"failed  records: the window of {project} is not" in sick.stdout) == (3, True)
    mended = doctor(up.root, "--fix")
    assert mended.returncode == 0, mended.stdout
    assert f"mended  records: the window of {project} was made anew from the table" in mended.stdout


def test_one_operation_is_explained(up: Up, api: Client, project: str) -> None:
    work = {"agent_id": project, "capability": "code_review", "run_at": "2100-01-01T00:00:00Z"}
    id = str(api.submit(project, work, once=project).id)

    result = doctor(up.root, id)
    assert result.returncode == 0
    assert f"code_review by {project} on {project} is pending since" in result.stdout
    assert "it waits for scheduled: It is due at 2100-01-01T00:00:00Z" in result.stdout
    answer = json.loads(doctor(up.root, id, "--fix", "--json").stdout)
    assert (answer["operation_id"], answer["mended"], answer["findings"]) == (id, [], [])


def test_one_operation_at_a_distance_is_a_sentence(tmp_path: Path) -> None:
    result = doctor(tmp_path, "019a0000-0000-7000-8000-000000000000")
    assert (result.returncode, "CALLBOARD_DATABASE_URL is not set" in result.stderr) == (2, True)


def test_at_a_distance_only_what_can_be_told_is_checked(up: Up, tmp_path: Path) -> None:
    result = doctor(tmp_path, "--json", **up.environment)
    states = {item["name"]: item["state"] for item in json.loads(result.stdout)}
    assert result.returncode == 0
    assert states["database"] == states["settings"] == "skipped"
    assert states["api"] == states["api key"] == "ok"
