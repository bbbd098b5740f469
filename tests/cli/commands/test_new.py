"""Tests of `callboard new capability`: what it writes works as it is."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from worker.catalogue import discover


def new(folder: Path, name: str) -> Result:
    return CliRunner().invoke(app, ["new", "capability", name, "--folder", str(folder)])


def test_its_own_test_passes(tmp_path: Path) -> None:
    assert new(tmp_path / "mine", "fixme_marks").exit_code == 0
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_fixme_marks.py")
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path / "mine", env=environment, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout


def test_a_worker_offers_it_with_the_test_beside_it(tmp_path: Path) -> None:
    new(tmp_path, "fixme_marks")
    assert discover(tmp_path)["fixme_marks"].description.startswith("Finds every line")


def test_it_is_clean_and_typed(tmp_path: Path) -> None:
    new(tmp_path, "fixme_marks")
    root = Path(__file__).parents[3]
    for tool in (("ruff", "check", "--config", str(root / "pyproject.toml")), ("ruff", "format", "--check")):
        done = subprocess.run((sys.executable, "-m", *tool, str(tmp_path)), cwd=root, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "test_marks.py").write_text("mine")
    result = new(tmp_path, "marks")
    assert result.exit_code == 2
    assert "is there already and stays as it is" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["test_marks.py"]


@pytest.mark.parametrize("name", ["Upper", "with-dash", "class", "json", "../x", "test_it", "x" * 64])
def test_a_name_that_cannot_be_a_module_is_refused(tmp_path: Path, name: str) -> None:
    result = new(tmp_path, name)
    assert result.exit_code == 2
    assert "cannot name a capability and its file" in result.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = new(tmp_path / "file" / "below", "marks")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
