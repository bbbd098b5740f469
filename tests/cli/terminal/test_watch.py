import pytest

from cli.terminal.watch import watching
from tests.cli.operation import operation


def test_without_a_terminal_each_change_is_one_line_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with watching() as changed:
        for _ in range(2):
            changed(operation(wait_reason="no_worker_for_capability"))
        changed(operation(status="running", attempt=2, progress={"done": 1, "total": 2, "text": "half"}))
        changed(operation(status="running", attempt=2))
    assert capsys.readouterr().err.splitlines() == [
        "callboard: code_review by reviewer: pending "
        "(no live worker offers code_review; start one (`callboard up` does))",
        "callboard: code_review by reviewer: running, attempt 2",
    ]


def test_on_a_terminal_the_work_s_own_words_are_shown_harmlessly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with watching() as changed:
        changed(operation())
        changed(operation(status="running", progress={"done": 1, "total": 4, "text": "[b]file\x1b[2J one"}))
        changed(operation(status="completed", verdict="pass"))
    shown = capsys.readouterr().err
    assert "\x1b[2J" not in shown
    assert "pass" in shown
