"""A project's dependencies are installed once, from wheels alone, without the worker's secrets."""

import fcntl
import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard.errors import AttemptLostError, DependenciesError
from callboard.settings import Settings
from tests.worker.conftest import of_tier
from worker import environment as module
from worker.confinement.run import Limits
from worker.environment import environment, remove_unused
from worker.sandbox import Sandbox
from worker.workspace import Workspace, checkout, work_dir

SECRET = "the-admin-key"


def wheel(folder: Path, name: str) -> None:
    """A wheel of one module, `name`, with a `value` of 1."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "value = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(path, text)


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    wheel(tmp_path / "wheels", "sample_one")
    monkeypatch.setattr(module, "ALWAYS", ())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("CALLBOARD_DATABASE_URL", SECRET)
    return tmp_path / "wheels"


@pytest.fixture(params=["auto"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return of_tier(request.param)


@pytest.fixture
def workspace(sandbox: Sandbox, settings: Settings) -> Iterator[Workspace]:
    project = settings.workspace_roots[0] / "shop"
    project.mkdir()
    (project / "requirements.txt").write_text("sample-one\n")
    with checkout({"path": str(project)}, ref=None, project_id="shop", sandbox=sandbox, settings=settings) as opened:
        yield opened


def test_without_dependencies_the_workers_own_environment_serves(workspace: Workspace, settings: Settings) -> None:
    (workspace.path / "requirements.txt").unlink()
    assert environment(workspace, settings=settings) is None


@pytest.mark.parametrize("sandbox", ["bubblewrap", "landlock"], indirect=True)
def test_dependencies_are_installed_once_and_usable_read_only(
    workspace: Workspace, settings: Settings, wheels: Path
) -> None:
    python = environment(workspace, settings=settings)
    assert python is not None
    code = "import sample_one; print(sample_one.value); open(sample_one.__file__, 'w')"
    done = workspace.run([str(python), "-c", code], readable=[python.parent.parent])
    assert (done.text, done.returncode) == ("1\n", 1), done.error_text
    (wheels / "sample_one-1.0-py3-none-any.whl").unlink()
    assert environment(workspace, settings=settings) == python


def test_two_attempts_at_once_build_one_environment(workspace: Workspace, settings: Settings) -> None:
    found: list[Path | None] = []

    def build() -> None:
        found.append(environment(workspace, settings=settings))

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1


def test_an_interrupted_build_is_done_again(workspace: Workspace, settings: Settings) -> None:
    python = environment(workspace, settings=settings)
    assert python is not None
    (python.parent.parent / module.READY).unlink()
    python.unlink()
    assert environment(workspace, settings=settings) == python
    assert python.exists()


def test_what_no_attempt_asked_for_in_a_month_is_removed_and_made_again(
    workspace: Workspace, settings: Settings
) -> None:
    python = environment(workspace, settings=settings)
    assert python is not None
    lock = python.parents[1].with_suffix(".lock")
    os.utime(lock, (0, 0))
    assert environment(workspace, settings=settings) == python
    assert remove_unused(settings) == 0
    os.utime(lock, (0, 0))
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert remove_unused(settings) == 0
    assert (remove_unused(settings), python.exists(), remove_unused(settings)) == (1, False, 0)
    assert environment(workspace, settings=settings) == python


def test_a_failed_install_tells_pips_own_words(workspace: Workspace, settings: Settings) -> None:
    (workspace.path / "requirements.txt").write_text("no-such-package-here\n")
    with pytest.raises(DependenciesError, match="No matching distribution found for no-such-package-here"):
        environment(workspace, settings=settings)


def test_a_source_package_is_not_built(workspace: Workspace, settings: Settings, wheels: Path, tmp_path: Path) -> None:
    (wheels / "evil-1.0").mkdir()
    (wheels / "evil-1.0/setup.py").write_text(f"open({str(tmp_path / 'built')!r}, 'w')\n")
    subprocess.run(["tar", "-C", wheels, "-czf", wheels / "evil-1.0.tar.gz", "evil-1.0"], check=True)
    (workspace.path / "requirements.txt").write_text("evil\n")
    with pytest.raises(DependenciesError, match="No matching distribution found for evil"):
        environment(workspace, settings=settings)
    assert not (tmp_path / "built").exists()


def test_pip_sees_its_settings_and_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wheels: Path) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\nfind-links = file://{tmp_path}/more\n")
    (tmp_path / "more").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    env, files = module._pip_settings()
    assert SECRET not in env.values()
    assert {tmp_path / "pip.conf", tmp_path / "more", wheels} <= set(files)


def test_a_stopped_attempt_waits_no_longer(workspace: Workspace, settings: Settings) -> None:
    workspace.sandbox.stop.set()
    with pytest.raises(AttemptLostError):
        environment(workspace, settings=settings)


def test_an_install_that_takes_too_long_is_told(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMITS", Limits(seconds=0))
    with pytest.raises(DependenciesError, match="were not installed within 0 seconds"):
        environment(workspace, settings=settings)


def test_an_attempt_that_waits_for_anothers_install_is_stopped(workspace: Workspace, settings: Settings) -> None:
    environment(workspace, settings=settings)
    (lock,) = (work_dir(settings, workspace.sandbox) / "environments").glob("*.lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        workspace.sandbox.stop.set()
        with pytest.raises(AttemptLostError, match="while another one installed its dependencies"):
            environment(workspace, settings=settings)


def test_a_configuration_of_pip_that_is_none_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("no section\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(DependenciesError, match="pip's configuration cannot be read"):
        module._pip_settings()
