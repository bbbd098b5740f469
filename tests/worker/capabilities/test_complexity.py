"""Tests of the capability complexity."""

from pathlib import Path

import pytest

from callboard.errors import InvalidParametersError
from callboard.lifecycle import Verdict
from worker.capabilities import complexity


def test_it_finds_the_tangled_function(perform, shop: Path) -> None:
    result = perform("complexity", shop).result
    assert [(item.path, item.line, item.rule) for item in result.findings] == [("src/shop/pricing.py", 19, "CC001")]
    assert "complexity of 38" in result.findings[0].message
    assert result.findings[0].snippet.startswith("def shipping(")


@pytest.mark.parametrize(("most", "verdict"), [(37, Verdict.FAIL), (38, Verdict.PASS)])
def test_the_limit_is_a_parameter(perform, shop: Path, most: int, verdict: Verdict) -> None:
    assert perform("complexity", shop, max_complexity=most).result.verdict is verdict


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(InvalidParametersError, match="max_complexity"):
        complexity.complexity.parse({"max_complexity": 0})


def test_a_project_cannot_excuse_itself_by_configuration(perform, shop: Path) -> None:
    (shop / "complexipy.toml").write_text("max-complexity-allowed = 900\n")
    assert perform("complexity", shop).result.verdict is Verdict.FAIL


def test_a_file_that_does_not_parse_makes_it_inconclusive(perform, shop: Path) -> None:
    (shop / "tests/bad.py").write_text("def broken(:\n")
    result = perform("complexity", shop, paths=["tests"]).result
    assert (result.verdict, result.metrics["files"]) == (Verdict.INCONCLUSIVE, 5)
    assert "could not parse tests/bad.py" in result.summary


def test_many_files_are_measured_in_batches(perform, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complexity, "BATCH", 5)
    result = perform("complexity", shop).result
    assert (result.metrics["findings"], result.metrics["files"]) == (1, 12)
