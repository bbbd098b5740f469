"""Tests of the capability testing on the sample shop and on small hostile projects."""

import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from callboard.errors import CapabilityError
from callboard.lifecycle import Verdict

PLANT = """
import atexit, os, sys
report = next(part for part in sys.argv if part.startswith("--junitxml=")).partition("=")[2]
def plant():
    os.path.exists(report) and os.remove(report)
    os.symlink({secret!r}, report)
atexit.register(plant)
def test_it(): pass
"""
FAILING = "tests.test_pricing.test_every_third_piece_is_free"


@pytest.fixture
def project(tmp_path: Path):
    """Writes a project of one test file."""

    def write(text: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "test_it.py").write_text(text)
        return folder

    return write


def test_it_tells_which_test_fails_and_where(perform, shop: Path) -> None:
    done = perform("testing", shop)
    [finding] = done.result.findings
    assert (finding.path, finding.line, finding.snippet) == ("tests/test_pricing.py", 12, FAILING)
    assert done.result.verdict is Verdict.FAIL
    assert done.result.metrics.items() >= {"passed": 19, "failed": 1, "errors": 0, "skipped": 0, "tests": 20}.items()
    assert done.artifacts.keys() == {"junit.xml", "coverage.xml"}


def test_fixing_the_line_makes_it_pass(perform, shop: Path) -> None:
    pricing = shop / "src/shop/pricing.py"
    pricing.write_text(pricing.read_text().replace("quantity // 4", "quantity // 3"))
    result = perform("testing", shop).result
    assert (result.verdict, result.findings) == (Verdict.PASS, [])
    assert result.summary.startswith("20 tests passed; ")


def test_coverage_is_measured_unless_declined(perform, shop: Path) -> None:
    assert 90 < perform("testing", shop).result.metrics["coverage"] < 100
    assert "coverage" not in perform("testing", shop, coverage=False).result.metrics


def test_select_and_paths_choose_tests(perform, shop: Path) -> None:
    result = perform("testing", shop, select="vat or free_from", paths=["tests/test_pricing.py"]).result
    assert (result.verdict, result.metrics["tests"]) == (Verdict.PASS, 2)


def test_a_wrong_expression_is_pytest_s_own_sentence(perform, shop: Path) -> None:
    with pytest.raises(CapabilityError, match="pytest ended with exit code 4: ERROR: Wrong expression"):
        perform("testing", shop, select="and and")


def test_no_test_is_inconclusive(perform, project) -> None:
    result = perform("testing", project("x = 1\n")).result
    assert (result.verdict, result.summary) == (Verdict.INCONCLUSIVE, "pytest ran no test")


def test_skipped_tests_alone_are_inconclusive(perform, project) -> None:
    folder = project("import pytest\n@pytest.mark.skip\ndef test_it(): pass\n")
    assert perform("testing", folder, coverage=False).result.verdict is Verdict.INCONCLUSIVE


def test_a_missing_package_is_inconclusive_and_named(perform, project) -> None:
    result = perform("testing", project("import nowhere_installed\ndef test_it(): pass\n")).result
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "not installed here: nowhere_installed" in result.summary


def test_a_missing_package_in_conftest_is_inconclusive(perform, project) -> None:
    folder = project("def test_it(): pass\n")
    (folder / "conftest.py").write_text("import nowhere_installed\n")
    assert perform("testing", folder).result.verdict is Verdict.INCONCLUSIVE


def test_a_test_file_with_a_syntax_error_fails(perform, project) -> None:
    result = perform("testing", project("def test_it(:\n")).result
    assert (result.verdict, [(item.rule, item.path) for item in result.findings]) == (
        Verdict.FAIL,
        [("test-error", "test_it.py")],
    )


def test_a_test_that_ends_pytest_early_never_passes(perform, project) -> None:
    with pytest.raises(CapabilityError, match="pytest ended with exit code 0"):
        perform("testing", project("import os\ndef test_it(): os._exit(0)\n"))


def test_a_killed_pytest_is_an_error(perform, project) -> None:
    with pytest.raises(CapabilityError, match="pytest ended with exit code"):
        perform("testing", project("import os\ndef test_it(): os.kill(os.getpid(), 9)\n"))


def test_a_planted_link_is_not_read_as_report(perform, project, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-secret-of-the-host")
    plant = PLANT.format(secret=str(tmp_path / "key"))
    with pytest.raises(CapabilityError, match="pytest ended with exit code 0"):
        perform("testing", project(plant))


def test_tests_have_no_network(perform, project) -> None:
    code = "import socket\ndef test_it(): socket.create_connection(('127.0.0.1', 5432), timeout=2)\n"
    assert perform("testing", project(code)).result.verdict is Verdict.FAIL


def repacked(folder: Path, name: str) -> None:
    """A wheel made of a distribution that is installed here."""
    dist = distribution(name)
    files = [file for file in dist.files or () if ".." not in file.parts and "__pycache__" not in file.parts]
    stem = f"{name.replace('-', '_')}-{dist.version}"
    with zipfile.ZipFile(folder / f"{stem}-{dist.read_text('WHEEL').split('Tag: ')[1].split()[0]}.whl", "w") as archive:
        for file in files:
            archive.write(file.locate(), str(file))


def test_with_permission_the_project_s_own_packages_are_there(
    perform, project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: dict[str, str]
) -> None:
    (tmp_path / "wheels").mkdir()
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "pytest-cov", "coverage"):
        repacked(tmp_path / "wheels", name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    folder = project("import sys\ndef test_it(): assert 'environments' in sys.prefix\n")
    (folder / "requirements.txt").write_text("iniconfig\n")
    result = perform("testing", folder, policy={"network_setup": True}).result
    assert (result.verdict, result.metrics["coverage"]) == (Verdict.PASS, 100)
