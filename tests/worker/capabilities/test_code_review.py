"""Tests of the capability code_review against ruff run by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.errors import CapabilityError
from callboard.lifecycle import Verdict


def test_it_finds_what_ruff_finds(perform, shop: Path) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache", "--select", "F,E9,B"]
    by_hand = subprocess.run([*command, shop], capture_output=True, check=False)
    expected = [(item["code"], item["location"]["row"]) for item in json.loads(by_hand.stdout)]
    result = perform("code_review", shop).result
    assert [(finding.rule, finding.line) for finding in result.findings] == expected == [("F401", 3)]
    assert (result.verdict, result.summary) == (Verdict.FAIL, "1 finding in 12 files: 1 warning")


def test_a_finding_carries_its_lines_also_in_sarif(perform, shop: Path) -> None:
    done = perform("code_review", shop)
    [finding] = done.result.findings
    source = (shop / "src/shop/cart.py").read_text().split("\n")
    assert finding.excerpt.lines == tuple(source[:6])
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (3, 8, 3, 12)
    [result] = json.loads(done.artifacts["results.sarif"])["runs"][0]["results"]
    context = result["locations"][0]["physicalLocation"]["contextRegion"]
    assert context["snippet"]["text"].split("\n") == source[:6]


def test_fixing_the_line_makes_it_pass(perform, shop: Path) -> None:
    cart = shop / "src/shop/cart.py"
    cart.write_text(cart.read_text().replace("import json\n", ""))
    result = perform("code_review", shop).result
    assert (result.verdict, result.metrics["files"]) == (Verdict.PASS, 12)


def test_the_project_s_own_configuration_counts(perform, shop: Path) -> None:
    (shop / "ruff.toml").write_text('[lint]\nselect = ["D100"]\n')
    rules = {finding.rule for finding in perform("code_review", shop).result.findings}
    assert rules == {"D100"}


def test_a_configuration_that_excludes_everything_is_inconclusive(perform, shop: Path) -> None:
    (shop / "ruff.toml").write_text('exclude = ["*"]\n')
    result = perform("code_review", shop).result
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "excludes every file" in result.summary


def test_a_syntax_error_is_an_error(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/bad.py").write_text("def broken(:\n")
    findings = perform("code_review", tmp_path / "code").result.findings
    assert {(finding.rule, finding.severity) for finding in findings} == {("invalid-syntax", "error")}


def test_new_syntax_is_no_error_where_no_version_is_asked_for(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/new.py").write_text("type Number = int | float\n")
    assert perform("code_review", tmp_path / "code").result.verdict is Verdict.PASS


def test_a_broken_configuration_is_ruff_s_own_sentence(perform, shop: Path) -> None:
    (shop / "ruff.toml").write_text("selct = 1\n")
    with pytest.raises(CapabilityError, match="ruff ended with exit code 2: unknown field `selct`"):
        perform("code_review", shop)


def test_only_the_paths_asked_for_are_reviewed(perform, shop: Path) -> None:
    result = perform("code_review", shop, paths=["tests"]).result
    assert (result.verdict, result.metrics["files"]) == (Verdict.PASS, 5)


def test_rules_in_the_project_file_are_the_projects_own(shop: Path, perform) -> None:
    with (shop / "pyproject.toml").open("a") as file:
        file.write('\n[tool.ruff.lint]\nselect = ["F"]\nignore = ["F401"]\n')
    rules = {finding.rule for finding in perform("code_review", shop).result.findings}
    assert "F401" not in rules
