"""Tests of `callboard run` against a running `up`: what it prints, and how it exits."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from cli.api.client import Client
from tests.cli.conftest import BARE, Type, Up


def test_a_fail_is_a_table_a_verdict_and_exit_code_1(typed: Type, project: str) -> None:
    result = typed("run", "code_review", "--project", project)
    assert result.exit_code == 1
    assert "F401" in result.stdout
    assert "src/shop/cart.py:3" in result.stdout
    assert f"fail  code_review by {project} on {project}: 1 new, 0 fixed; 1 finding in 12 files" in result.stdout
    assert "artifacts: log.txt, results.sarif" in result.stdout


def test_a_fixed_line_is_a_pass_and_exit_code_0(typed: Type, project: str, shop: Path) -> None:
    typed("run", "code_review", "-p", project)
    cart = shop / "src" / "shop" / "cart.py"
    cart.write_text(cart.read_text().replace("import json\n", ""))
    result = typed("run", "code_review", "-p", project)
    assert result.exit_code == 0
    assert "pass  code_review" in result.stdout
    assert "0 new, 1 fixed" in result.stdout


def test_only_what_is_new_is_marked_so(typed: Type, project: str, shop: Path) -> None:
    typed("run", "code_review", "-p", project)
    (shop / "src" / "shop" / "extra.py").write_text("import sys\n")
    lines = typed("run", "code_review", "-p", project).stdout.splitlines()
    assert [("extra.py" in line, " new " in line) for line in lines if "F401" in line] == [(False, False), (True, True)]


def test_json_is_the_final_operation_and_nothing_else(typed: Type, project: str) -> None:
    result = typed("run", "code_review", "-p", project, "--param", 'paths:=["src"]', "--json", "--exit-zero")
    operation = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (operation["status"], operation["verdict"]) == ("completed", "fail")
    assert operation["parameters"] == {"paths": ["src"]}
    assert "code_review by" in result.stderr


def test_parameters_of_a_file_go_by_either_name(typed: Type, project: str, tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text('{"paths": ["src"]}')
    for option in ("--param", "--params"):
        result = typed("run", "code_review", "-p", project, option, f"@{tmp_path}/some.json", "--no-wait", "--json")
        assert json.loads(result.stdout)["parameters"] == {"paths": ["src"]}


def test_without_waiting_the_id_is_told_at_once(typed: Type, project: str, api: Client) -> None:
    result = typed("run", "code_review", "-p", project, "--no-wait", "--json")
    operation = json.loads(result.stdout)
    assert result.exit_code == 0
    assert operation["status"] == "pending"
    assert api.operation(operation["id"], wait=30).status == "completed"


def test_a_capability_that_nobody_is_granted_is_refused_with_what_is_granted(typed: Type, project: str) -> None:
    result = typed("run", "complexity", "-p", project)
    assert result.exit_code == 2
    assert f"granted there: {project}: code_review, testing" in result.stderr


def test_several_agents_that_could_do_it_are_listed(typed: Type, project: str) -> None:
    typed("agents", "add", "Second Eye", "-c", "code_review")
    typed("agents", "assign", "second-eye", project)
    result = typed("run", "code_review", "-p", project)
    assert result.exit_code == 2
    assert f"{project}, second-eye; name one with --agent" in result.stderr


def test_wrong_parameters_are_refused_by_name(typed: Type, project: str) -> None:
    result = typed("run", "code_review", "-p", project, "--param", "speed=high")
    assert result.exit_code == 2
    assert result.stderr.startswith("callboard: The parameters do not fit code_review")
    assert "speed" in result.stderr


def test_an_unknown_project_is_refused(typed: Type) -> None:
    result = typed("run", "code_review", "-p", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
    assert result.stdout == ""


def test_an_operation_that_fails_is_exit_code_3_with_its_reason(typed: Type, project: str) -> None:
    result = typed("run", "code_review", "-p", project, "--param", 'paths:=["no/such/folder"]')
    assert result.exit_code == 3
    assert "invalid_parameters: The path 'no/such/folder'" in result.stdout


def test_ctrl_c_leaves_the_operation_running_and_says_how_to_go_on(up: Up, project: str, api: Client) -> None:
    environment = BARE | up.environment | {"PYTHONPATH": str(Path(__file__).parents[3])}
    # A test run in the background ignores Ctrl-C, and so would its children.
    listening = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import app; app()"
    )
    command = (sys.executable, "-c", listening, "run", "testing", "-p", project)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = first + process.stderr.read()
    assert process.returncode == 130
    (operation,) = api.items("operations", project_id=project)
    assert f"`callboard operations cancel {operation['id']}`" in said
    assert api.operation(operation["id"], wait=60).status == "completed"


def test_where_nothing_answers_the_way_to_start_it_is_told(typed: Type) -> None:
    result = typed("run", "code_review", "-p", "shop", CALLBOARD_URL="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "Nothing answers at http://127.0.0.1:1; start it with `callboard up`" in result.stderr


def test_a_wrong_key_is_refused(typed: Type) -> None:
    result = typed("run", "code_review", "-p", "shop", CALLBOARD_API_KEY="cb_wrong_key")
    assert result.exit_code == 2
    assert "API key" in result.stderr


def test_on_a_terminal_a_moving_line_tells_how_far_it_is(typed: Type, project: str) -> None:
    result = typed("run", "code_review", "-p", project, FORCE_COLOR="1")
    assert result.exit_code == 1
    assert "\x1b[?25l" in result.stderr
    assert "code_review" in result.stderr
    assert "\x1b[31mfail\x1b[0m" in result.stdout


def test_without_waiting_the_way_to_watch_is_told(typed: Type, project: str) -> None:
    accepted = typed("run", "code_review", "-p", project, "--no-wait")
    assert accepted.stdout.startswith("accepted ")
    assert "`callboard operations show " in accepted.stdout
