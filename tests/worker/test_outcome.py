"""What of a handler's answer is kept."""

import json
import time
from typing import Any

import pytest

from callboard.attempts import Outcome
from callboard.errors import InvalidResultError
from callboard.lifecycle import Verdict
from worker.context import Artifact
from worker.outcome import fitting, outcome


def kept(result: dict[str, Any], *artifacts: Artifact, result_bytes: int = 10_000) -> Outcome:
    return outcome({"verdict": None, **result}, artifacts, result_bytes=result_bytes, artifact_bytes=1_000_000)


def test_a_small_result_is_kept_as_it_is_beside_its_verdict() -> None:
    done = kept({"verdict": "fail", "summary": "two", "metrics": {"findings": 2}, "findings": []})

    assert done.verdict is Verdict.FAIL
    assert done.result == {"summary": "two", "metrics": {"findings": 2}, "findings": [], "truncated": False}
    assert done.artifacts == []


def test_the_fingerprints_of_all_findings_are_kept_though_only_the_first_findings_are() -> None:
    done = kept({"findings": [{"fingerprint": str(number)} for number in range(150)]})

    assert (len(done.result["findings"]), len(done.fingerprints)) == (100, 150)
    assert done.result["truncated"] is True


def test_a_result_that_is_too_large_loses_its_excerpts_before_its_findings() -> None:
    findings = [{"fingerprint": str(number), "excerpt": {"lines": ["x" * 500]}} for number in range(50)]
    done = kept({"findings": findings})

    assert [finding["excerpt"] for finding in done.result["findings"]] == [None] * 50
    assert done.result["truncated"] is True
    assert done.findings == findings


def test_a_cut_result_is_kept_whole_as_an_artifact() -> None:
    done = kept({"summary": "x", "details": {"text": "y" * 20_000}})

    assert done.result["details"] == {}
    assert done.result["truncated"] is True
    (whole,) = done.artifacts
    assert (whole.name, len(json.loads(whole.content)["details"]["text"])) == ("result.json", 20_000)


def test_metrics_too_many_to_keep_are_cut_last() -> None:
    done = kept({"metrics": {str(number): number for number in range(5_000)}, "summary": "s" * 2_000})

    assert done.result["metrics"] == {}
    assert len(json.dumps(done.result)) < 10_000


@pytest.mark.parametrize(
    ("value", "told"),
    [(float("nan"), "not JSON"), (float("inf"), "not JSON"), ("\ud800", "not JSON"), ("\0", "U+0000")],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence(value: Any, told: str) -> None:
    with pytest.raises(InvalidResultError, match=told.replace("+", r"\+")):
        kept({"details": {"value": value}})


def test_a_backslash_before_u0000_is_text_like_any_other() -> None:
    assert kept({"summary": r"\u0000 and \\u0000"}).result["summary"] == r"\u0000 and \\u0000"


def test_a_huge_result_does_not_keep_the_heart_from_beating() -> None:
    begun = time.process_time()
    assert kept({"details": {"text": "x" * 50_000_000}}).result["truncated"] is True
    assert time.process_time() - begun < 3


def test_a_file_that_is_too_long_is_cut_and_says_so_in_its_name() -> None:
    cut = fitting(Artifact("report.xml", b"x" * 11, "application/xml"), 10)

    assert (cut.name, len(cut.content), cut.media_type) == ("report.xml.cut", 10, "application/xml")
