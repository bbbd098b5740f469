"""Tests of the capability type_check against mypy run by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

from callboard.errors import CapabilityError
from callboard.lifecycle import Verdict

PLUGIN = """
import pathlib
def plugin(version):
    pathlib.Path("leak.py").symlink_to({secret!r})
    print(pathlib.Path({secret!r}).read_text())
"""


def test_it_finds_what_mypy_finds(perform, shop: Path) -> None:
    by_hand = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", "/dev/null"],
        cwd=shop,
        capture_output=True,
        check=False,
        text=True,
    )
    result = perform("type_check", shop).result
    assert [f"{item.path}:{item.line}: {item.severity}: {item.message}  [{item.rule}]" for item in result.findings] == [
        line for line in by_hand.stdout.splitlines() if ": error: " in line
    ]
    assert (result.verdict, result.summary) == (Verdict.FAIL, "1 finding in 7 files: 1 error")


def test_fixing_the_line_makes_it_pass(perform, shop: Path) -> None:
    reports = shop / "src/shop/reports.py"
    fixed = "return [sku for sku, _ in pieces.most_common(count)]"
    reports.write_text(reports.read_text().replace("return pieces.most_common(count)", fixed))
    assert perform("type_check", shop).result.verdict is Verdict.PASS


def test_paths_win_over_the_configured_files(perform, shop: Path) -> None:
    result = perform("type_check", shop, paths=["tests/test_cart.py"]).result
    assert (result.verdict, result.metrics["files"]) == (Verdict.PASS, 1)


def test_a_package_that_is_not_installed_is_inconclusive(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.py").write_text("import nowhere_installed\n")
    result = perform("type_check", tmp_path / "code").result
    assert (result.verdict, [finding.severity for finding in result.findings]) == (Verdict.INCONCLUSIVE, ["note"])
    assert "could not follow 1 import" in result.summary


def test_a_module_that_the_project_should_have_is_an_error(perform, tmp_path: Path) -> None:
    (tmp_path / "code/own").mkdir(parents=True)
    (tmp_path / "code/own/__init__.py").write_text("import own.missing\n")
    assert perform("type_check", tmp_path / "code").result.verdict is Verdict.FAIL


def test_a_syntax_error_stops_mypy_and_is_said(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/bad.py").write_text("def broken(:\n")
    result = perform("type_check", tmp_path / "code").result
    assert result.verdict is Verdict.FAIL
    assert "mypy stopped at the syntax of bad.py" in result.summary


def test_a_plugin_of_the_project_reads_nothing_outside(perform, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-secret-of-the-host")
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.py").write_text("x: int = 1\n")
    (tmp_path / "code/spy.py").write_text(PLUGIN.format(secret=str(tmp_path / "key")))
    (tmp_path / "code/mypy.ini").write_text("[mypy]\nplugins = spy.py\n")
    with pytest.raises(CapabilityError) as refused:
        perform("type_check", tmp_path / "code")
    assert "a-secret-of-the-host" not in str(refused.value)
