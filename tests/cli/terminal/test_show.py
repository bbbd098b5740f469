import pytest

from cli.terminal import show
from tests.cli.operation import operation


def test_a_project_s_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_findings([{"severity": "error", "rule": "X", "path": "a\x1b[2J", "message": "\x1b]0;owned\x07[red]no"}])
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "[red]no" in printed


def test_a_table_that_nobody_looks_at_keeps_each_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_findings([{"severity": "warning", "rule": "F401", "path": "src/a.py", "line": 3, "message": "m" * 120}])
    assert "m" * 120 in capsys.readouterr().out


def test_an_empty_table_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_table(("a",), [], empty="nothing here")
    assert capsys.readouterr().out == "nothing here\n"


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [(None, ""), (0, "0.0 s"), (1234, "1.2 s"), (59_990, "1 min 00 s"), (125_000, "2 min 05 s")],
)
def test_a_time_is_told_in_seconds_and_minutes(milliseconds: int | None, told: str) -> None:
    assert show.duration(milliseconds) == told


def test_what_was_compared_is_counted() -> None:
    assert show.delta(operation(result={"delta": {"new": 3, "fixed": 1, "known": 7}})) == "3 new, 1 fixed"
    assert show.delta(operation(result={"summary": "no delta"})) == ""


def test_a_failure_speaks_with_its_reason_and_error() -> None:
    assert show.sentence(operation(status="failed", reason="timeout", error="too slow")) == "timeout: too slow"
    assert show.sentence(operation(status="completed", result={"summary": "fine"})) == "fine"
