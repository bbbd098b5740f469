"""Tests of the capability security_scan against bandit and detect-secrets run by hand."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.lifecycle import Verdict

TOKEN = "9f1c07e4b3d85a62c1e87b90d4f3a5266be0d91c"


def by_hand(folder: Path, *arguments: str) -> dict:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, check=False)
    return json.loads(done.stdout)


def test_it_finds_what_both_tools_find(perform, shop: Path) -> None:
    code = by_hand(shop, "bandit", "-r", "-q", "-f", "json", ".")["results"]
    secrets = by_hand(shop, "detect_secrets", "scan", "-n", "--all-files")["results"]
    expected = {(item["test_id"], item["line_number"]) for item in code if item["test_id"] not in ("B101", "B105")}
    expected |= {("secret", item["line_number"]) for items in secrets.values() for item in items}
    result = perform("security_scan", shop).result
    assert {(finding.rule, finding.line) for finding in result.findings} == expected == {("B608", 44), ("secret", 8)}
    assert result.summary == "2 findings in 14 files: 1 error, 1 warning"


def test_the_text_of_a_secret_is_kept_nowhere(perform, shop: Path) -> None:
    (shop / "src/shop/mail.py").write_text('password = "correct-horse-battery"\nconnect(password="tr0ub4dor-and-3")\n')
    done = perform("security_scan", shop)
    kept = done.result.model_dump_json() + "".join(done.artifacts.values())
    assert "src/shop/mail.py" in kept
    assert not [secret for secret in (TOKEN, "correct-horse", "tr0ub4dor") if secret in kept]


def test_fixing_the_query_fixes_exactly_one_finding(perform, shop: Path) -> None:
    before = {finding.fingerprint for finding in perform("security_scan", shop).result.findings}
    storage = shop / "src/shop/storage.py"
    unsafe = """(f"SELECT * FROM orders WHERE customer = '{customer}' ORDER BY number")"""
    safe = '("SELECT * FROM orders WHERE customer = ? ORDER BY number", (customer,))'
    storage.write_text(storage.read_text().replace(unsafe, safe))
    after = {finding.fingerprint for finding in perform("security_scan", shop).result.findings}
    assert after < before
    assert len(before - after) == 1


@pytest.fixture
def no_semaphores() -> Iterator[None]:
    """The host's shared memory holds what is not for the sandbox's eyes."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm", prefix="callboard-test-"):
        yield


@pytest.mark.usefixtures("no_semaphores")
def test_where_no_semaphore_can_be_made_the_same_is_found(perform, shop: Path) -> None:
    result = perform("security_scan", shop, tier="landlock").result
    assert {(finding.rule, finding.line) for finding in result.findings} == {("B608", 44), ("secret", 8)}


def test_a_clean_project_passes(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/clean.py").write_text("def double(x: int) -> int:\n    return 2 * x\n")
    assert perform("security_scan", tmp_path / "code").result.verdict is Verdict.PASS


def test_a_secret_in_javascript_fails_though_bandit_saw_nothing(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/index.js").write_text(f'const key = "{TOKEN}";\n')
    result = perform("security_scan", tmp_path / "code").result
    assert (result.verdict, [finding.rule for finding in result.findings]) == (Verdict.FAIL, ["secret"])
    assert "no Python file for bandit" in result.summary


def test_code_that_bandit_cannot_parse_is_named(perform, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/bad.py").write_text("def broken(:\n")
    result = perform("security_scan", tmp_path / "code").result
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "bandit could not parse bad.py" in result.summary
