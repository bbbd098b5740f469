"""`callboard drill`: for real beside a running `up`, and refused wherever it would hurt somebody else's."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import drilling
from cli.api import connection
from cli.drilling import Fault, Report, Step
from cli.main import app
from cli.stack import local_stack
from tests.cli.conftest import BARE, PROGRAM, Up

HERE = {"PYTHONPATH": str(Path(__file__).parents[3])}


def drill(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = (*PROGRAM, "drill", *words)
    return subprocess.run(
        command, cwd=folder, env=BARE | HERE | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_when_the_worker_is_killed_and_valkey_wiped(up: Up) -> None:
    result = drill(up.root, "--operations", "8", "--json")

    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert {name: report[name] for name in ("accepted", "finished", "lost", "doubled", "findings")} == {
        "accepted": 8,
        "finished": 8,
        "lost": 0,
        "doubled": 0,
        "findings": [],
    }
    names = [fault["name"] for fault in report["faults"]]
    assert names == ["the worker is killed", "Valkey is wiped", "every message is repeated"]
    assert all(seconds is not None for fault in report["faults"] for seconds in fault["steps"].values())
    assert report["longest_recovery_seconds"] <= 45


def step(told: str, seconds: float | None) -> Step:
    return Step(told, lambda states: False, seconds)


KEPT = Report(8, 8, 0, 0, [], [Fault("the worker is killed", 2, [step("taken over", 7.5), step("ended", 9)])])
BROKEN = Report(8, 7, 1, 0, ["one has no end"], [Fault("Valkey is wiped", 1, [step("ended", None)])])


@pytest.mark.parametrize(
    ("report", "exit_code", "faults"),
    [
        (KEPT, 0, ["the worker is killed, 2 operations hit; taken over: 7.5 s; ended: 9 s", "longest recovery 9 s"]),
        (BROKEN, 3, ["Valkey is wiped, 1 operations hit; ended: never", "contradiction: one has no end"]),
    ],
)
def test_it_is_told_in_one_line_and_each_fault_below(
    monkeypatch: pytest.MonkeyPatch, report: Report, exit_code: int, faults: list[str]
) -> None:
    monkeypatch.setattr(local_stack, "find", lambda: None)
    monkeypatch.setattr(connection, "adopt_running", lambda: None)
    monkeypatch.setattr(drilling, "drill", lambda *asked: report)

    result = CliRunner().invoke(app, ["drill"])

    first, *others = result.stdout.splitlines()
    assert first == f"accepted 8 = finished {report.finished}, lost {report.lost}, doubled 0"
    assert others[:2] == faults
    assert result.exit_code == exit_code


def test_where_no_up_runs_it_is_refused(tmp_path: Path) -> None:
    result = drill(tmp_path)
    assert result.returncode == 2
    assert "no `callboard up` runs here: the drill kills and wipes" in result.stderr


def test_another_address_than_that_of_the_up_is_refused(up: Up) -> None:
    result = drill(up.root, CALLBOARD_URL="http://127.0.0.1:1")
    assert result.returncode == 2
    assert "CALLBOARD_URL is not that of the `up`" in result.stderr
