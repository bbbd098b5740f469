import os
import subprocess
import sys
from importlib.metadata import version

from typer.testing import CliRunner

from cli.main import app

PROGRAM = (sys.executable, "-c", "from cli.main import app; app()")


def test_every_file_of_commands_is_a_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "up" in shown
    assert "migrate" in shown


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"callboard {version('callboard')}\n"


def test_a_refusal_is_one_sentence_and_exit_code_2() -> None:
    environment = {"PATH": os.defpath, "PYTHONPATH": os.getcwd()}
    result = subprocess.run((*PROGRAM, "migrate"), env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("callboard: CALLBOARD_DATABASE_URL is not set")
    assert "Traceback" not in result.stderr


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    urls = {"CALLBOARD_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c", "CALLBOARD_REDIS_URL": "redis://127.0.0.1:1"}
    environment = {"PATH": os.defpath, "PYTHONPATH": os.getcwd(), **urls}
    result = subprocess.run((*PROGRAM, "migrate"), env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("callboard: the database does not answer: ")
    assert "Traceback" not in result.stderr


def test_a_word_that_is_no_command_is_told() -> None:
    result = CliRunner().invoke(app, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.output
