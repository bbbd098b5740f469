"""Tests of how findings become a verdict and a sentence."""

import pytest

from callboard.findings import Finding
from callboard.lifecycle import Verdict
from worker.confinement.run import Completed
from worker.review import crashed, installed, judge, named, told


def findings(*severities) -> list[Finding]:
    return [Finding(rule="r", message="m", severity=severity) for severity in severities]


@pytest.mark.parametrize(
    ("severities", "unseen", "verdict"),
    [
        ([], [], Verdict.PASS),
        (["note"], [], Verdict.PASS),
        (["note"], ["could not look"], Verdict.INCONCLUSIVE),
        (["warning"], [], Verdict.FAIL),
        (["error"], ["could not look"], Verdict.FAIL),
    ],
)
def test_errors_and_warnings_fail_and_what_was_not_seen_never_passes(severities, unseen, verdict) -> None:
    assert judge(findings(*severities), unseen) is verdict


def test_the_sentence_counts_by_severity() -> None:
    assert (
        told(findings("warning", "error", "warning", "note"), 34)
        == "4 findings in 34 files: 1 error, 2 warnings, 1 note"
    )
    assert told([], 1) == "0 findings in 1 file"


def test_many_paths_are_told_by_the_first_three() -> None:
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert named(["a"]) == "a"


def test_a_tool_that_is_not_installed_is_named_as_missing() -> None:
    assert installed("no-such-tool", "https://example.org").version == "missing"


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (Completed(("tool",), 0, b"", b"", truncated=True), "tool printed more than is kept; narrow `paths`"),
        (Completed(("tool",), 101, b"", b"at first\nat last\n"), "tool ended with exit code 101: at last"),
    ],
)
def test_a_tool_that_ended_as_none_should_is_told_in_its_last_line(done: Completed, sentence: str) -> None:
    assert str(crashed("tool", done)).startswith(sentence)
