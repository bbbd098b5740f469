"""Tests of reading JUnit XML."""

import pytest

from callboard.errors import CapabilityError
from worker.formats.junit import Case, failures, read_junit, tally, told_tests

REPORT = b"""<testsuites><testsuite>
<testcase classname="a" name="one" file="a.py" line="7"/>
<testcase classname="a" name="two" file="a.py"><failure message="first&#10;second">trace</failure></testcase>
<testcase classname="" name="b"><error>it broke
here</error></testcase>
<testcase classname="a" name="four" file="a.py" line="x"><skipped/></testcase>
</testsuite></testsuites>"""


def test_every_outcome_is_read() -> None:
    assert read_junit(REPORT) == [
        Case("one", "a", "passed", "a.py", 7),
        Case("two", "a", "failed", "a.py", None, "first", "trace"),
        Case("b", "", "error", "", None, "it broke", "it broke\nhere"),
        Case("four", "a", "skipped", "a.py"),
    ]


def test_only_what_went_wrong_is_a_finding() -> None:
    found = [(item.rule, item.message, item.snippet) for item in failures(read_junit(REPORT))]
    assert found == [("test-failed", "a.two: first", "a.two"), ("test-error", "b: it broke", "b")]


def test_cases_are_counted() -> None:
    assert tally(read_junit(REPORT)) == {
        "tests": 4,
        "passed": 1,
        "failed": 1,
        "errors": 1,
        "skipped": 1,
        "files": 2,
        "findings": 2,
    }


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        (["passed"], "1 test passed"),
        (["passed", "passed", "skipped"], "2 tests passed, 1 skipped"),
        (["failed", "error", "passed"], "2 of 3 tests failed"),
    ],
)
def test_the_sentence_counts_in_words(outcomes, sentence: str) -> None:
    assert told_tests([Case("n", "c", outcome) for outcome in outcomes]) == sentence


def test_other_xml_is_refused() -> None:
    with pytest.raises(CapabilityError, match="its root is <html>"):
        read_junit(b"<html/>")
