"""Tests of finding capabilities: built-in, in a folder of one's own, and in installed packages."""

import sys
from pathlib import Path

import pytest

from callboard.errors import CallboardError, SettingsError
from worker.catalogue import discover

HANDLER = """
from callboard.capabilities import Result, capability

@capability({name!r})
def handler(workspace, parameters, context):
    \"\"\"Greets.\"\"\"
    return Result(summary="hello")
"""


def test_the_built_in_capabilities_are_the_files_of_their_folder() -> None:
    files = Path(__file__).parents[2].glob("worker/capabilities/[!_]*.py")
    assert sorted(discover()) == sorted(file.stem for file in files)


def test_a_folder_of_one_s_own_adds_to_them(tmp_path: Path) -> None:
    (tmp_path / "greet.py").write_text(HANDLER.format(name="greet"))
    for name in ("_notes.py", "test_greet.py", "conftest.py"):
        (tmp_path / name).write_text("raise SystemExit\n")
    found = discover(tmp_path)
    assert found.keys() - discover().keys() == {"greet"}
    assert found["greet"](None, None, None).summary == "hello"


def test_an_edited_folder_is_read_from_where_it_is_now(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "greet.py").write_text(HANDLER.format(name=f"greet_{name}"))
    assert "greet_first" in discover(tmp_path / "first")
    assert "greet_second" in discover(tmp_path / "second")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HANDLER.format(name="testing"), "own.py offers the capability 'testing', which .*testing.py offers already"),
        ("import nowhere_installed\n", "own.py does not import: ModuleNotFoundError"),
        ("def broken(:\n", "own.py does not import: SyntaxError"),
        ("raise RuntimeError('at import')\n", "own.py does not import: RuntimeError: at import"),
        (HANDLER.format(name="Bad Name"), "own.py does not import: ValueError: capability name 'Bad Name'"),
        ("x = 1\n", "own.py holds no capability"),
        ("from worker.capabilities.testing import testing\n", "own.py holds no capability"),
    ],
)
def test_what_is_wrong_names_the_file(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(CallboardError, match=told):
        discover(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CALLBOARD_CAPABILITIES names .*nowhere, which is no folder"):
        discover(tmp_path / "nowhere")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a distribution whose entry point has the given value."""

    def install(value: str) -> None:
        metadata = tmp_path / "greetings-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: greetings\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[callboard.capabilities]\ngreet = {value}\n")
        (tmp_path / "greetings.py").write_text(HANDLER.format(name="greet"))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "greetings", raising=False)

    return install


@pytest.mark.parametrize("value", ["greetings", "greetings:handler"])
def test_an_installed_package_offers_its_own(package, value: str) -> None:
    package(value)
    assert "greet" in discover()


@pytest.mark.parametrize(
    ("value", "told"),
    [("greetings:Result", "greetings:Result is no capability"), ("nowhere_installed", "does not import")],
)
def test_a_wrong_entry_point_is_named(package, value: str, told: str) -> None:
    package(value)
    with pytest.raises(CallboardError, match=told):
        discover()
