import pytest

from cli.api import outcome
from tests.cli.operation import operation


@pytest.mark.parametrize(
    ("status", "verdict", "word", "code"),
    [
        ("completed", "pass", "pass", 0),
        ("completed", None, "done", 0),
        ("completed", "fail", "fail", 1),
        ("completed", "inconclusive", "inconclusive", 3),
        ("failed", None, "failed", 3),
        ("cancelled", None, "cancelled", 3),
        ("running", None, "running", 0),
    ],
)
def test_each_end_has_its_word_and_exit_code(status: str, verdict: str | None, word: str, code: int) -> None:
    told = outcome.of(operation(status=status, verdict=verdict))
    assert (told.word, told.code) == (word, code)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "pending", "running"])
@pytest.mark.parametrize("verdict", ["pass", "fail", "inconclusive", None])
def test_nothing_is_green_but_a_completed_pass_or_nothing_to_judge(status: str, verdict: str | None) -> None:
    told = outcome.of(operation(status=status, verdict=verdict))
    assert (told.style == "green") == (status == "completed" and verdict in ("pass", None))


def test_undecided_outweighs_a_fail_which_outweighs_a_pass() -> None:
    passed, failed = operation(status="completed", verdict="pass"), operation(status="completed", verdict="fail")
    assert outcome.worst([passed]) == 0
    assert outcome.worst([failed, passed]) == 1
    assert outcome.worst([passed, operation(status="failed"), failed]) == 3
    assert outcome.worst([]) == 3
