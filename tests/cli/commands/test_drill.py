"""`callboard drill`: for real beside a running `up`, and refused wherever it would hurt somebody else's."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import BARE, PROGRAM, Up

HERE = {"PYTHONPATH": str(Path(__file__).parents[3])}


def drill(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = (*PROGRAM, "drill", *words)
    return subprocess.run(
        command, cwd=folder, env=BARE | HERE | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.quiet
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


def test_it_is_told_in_one_line_and_each_fault_below(up: Up) -> None:
    result = drill(up.root, "--operations", "4")

    first, *others = result.stdout.splitlines()
    assert first == "accepted 4 = finished 4, lost 0, doubled 0"
    assert [line.partition(",")[0] for line in others[:3]] == [
        "the worker is killed",
        "Valkey is wiped",
        "every message is repeated",
    ]
    assert others[-1].startswith("longest recovery ")


def test_where_no_up_runs_it_is_refused(tmp_path: Path) -> None:
    result = drill(tmp_path)
    assert result.returncode == 2
    assert "no `callboard up` runs here: the drill kills and wipes" in result.stderr


def test_another_address_than_that_of_the_up_is_refused(up: Up) -> None:
    result = drill(up.root, CALLBOARD_URL="http://127.0.0.1:1")
    assert result.returncode == 2
    assert "CALLBOARD_URL is not that of the `up`" in result.stderr
