"""Tests of agents of kind `command`: their own argv, read as JSON, SARIF or JUnit."""

import json
import sys
from pathlib import Path

import pytest

from callboard.errors import CapabilityError
from callboard.lifecycle import Verdict

ECHO = """
import json, sys
given = json.load(sys.stdin)
print(json.dumps({"verdict": "pass", "summary": given["project_id"], "details": given}))
"""
JUNIT = (
    '<testsuites><testcase classname="a" name="b" file="t.js" line="3"><failure message="no"/></testcase></testsuites>'
)


@pytest.fixture
def command(perform, shop: Path):
    """Performs a Python snippet on the shop as the command of an agent."""

    def run(code: str, *, parameters: dict | None = None, **settings):
        argv = [sys.executable, "-c", code, *settings.pop("arguments", [])]
        commands = {"commands": {"command": {"argv": argv, **settings}}}
        return perform("command", shop, settings=commands, **(parameters or {}))

    return run


def test_it_gets_the_operation_and_answers_a_result(command) -> None:
    result = command(ECHO, parameters={"depth": 3}).result
    assert (result.verdict, result.summary) == (Verdict.PASS, "shop")
    assert result.details["parameters"] == {"depth": 3}
    assert result.details.keys() == {"operation_id", "attempt", "project_id", "agent_id", "capability", "parameters"}


def test_findings_in_json_get_our_fingerprints_and_stay_inside(command) -> None:
    finding = {"rule": "r", "message": "m", "path": "../../etc/passwd", "fingerprint": "mine"}
    [read] = command(f"print({json.dumps(json.dumps({'findings': [finding]}))})").result.findings
    assert (read.path, len(read.fingerprint)) == ("", 16)


def test_a_linter_s_sarif_becomes_findings(perform, shop: Path) -> None:
    done = perform("command", shop)
    assert "F401" in {finding.rule for finding in done.result.findings}
    assert (done.result.verdict, list(done.artifacts)) == (Verdict.FAIL, ["results.sarif"])


def test_junit_becomes_findings(command) -> None:
    done = command(f"print({JUNIT!r}); raise SystemExit(1)", reads="junit")
    assert [(item.path, item.line, item.message) for item in done.result.findings] == [("t.js", 3, "a.b: no")]
    assert done.result.verdict is Verdict.FAIL


def test_a_report_may_be_a_file(command) -> None:
    code = "import sys; open(sys.argv[1], 'w').write('{\"summary\": \"from the file\"}')"
    assert command(code, arguments=["{report}"], file="out.json").result.summary == "from the file"


@pytest.mark.parametrize(
    ("code", "settings", "told"),
    [
        ("print('hello')", {}, "not a result in JSON: the document: Invalid JSON"),
        ('print(\'{"verdict": "splendid"}\')', {}, "not a result in JSON: verdict: Input should be"),
        ("print('{}')", {"reads": "sarif"}, "not SARIF 2.1.0: version: Field required"),
        ("print('<html></html>')", {"reads": "junit"}, "its root is <html>"),
        ("print('<!DOCTYPE a><a/>')", {"reads": "junit"}, "DOCTYPE"),
        ("", {}, "left nothing"),
        ("import sys; sys.exit('out of paper')", {}, "ended with exit code 1: out of paper"),
        ("pass", {"file": "../../etc/passwd"}, "settings.commands.command is wrong: file"),
        ("pass", {"reads": "yaml"}, "settings.commands.command is wrong: reads"),
    ],
)
def test_garbage_is_refused_by_name(command, code: str, settings: dict, told: str) -> None:
    with pytest.raises(CapabilityError, match=told):
        command(code, **settings)


def test_an_agent_without_a_command_is_told_what_to_set(perform, shop: Path) -> None:
    with pytest.raises(CapabilityError, match="no command for 'command'; set settings"):
        perform("command", shop, settings={"commands": {}})


def test_silence_with_an_exit_code_never_passes(command) -> None:
    log = '{"version": "2.1.0", "runs": []}'
    assert command(f"print({log!r}); raise SystemExit(1)", reads="sarif").result.verdict is Verdict.INCONCLUSIVE
    assert command("print('<testsuites/>')", reads="junit").result.verdict is Verdict.INCONCLUSIVE
