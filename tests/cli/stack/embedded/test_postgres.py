import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from callboard.errors import StartError
from cli.stack import leftovers
from cli.stack.embedded import account, binaries
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.serving import serving

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def ask(url: str, statement: str) -> str:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return str(cursor.fetchone()[0]) if cursor.description else ""
    finally:
        connection.close()


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "data with spaces" / "postgres")


@pytest.fixture
def opened() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="callboard-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _parent(tmp_path: Path) -> None:
    (tmp_path / "data with spaces").mkdir()


def test_data_survives_a_restart(postgres: Postgres) -> None:
    with serving(postgres):
        ask(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with serving(Postgres(postgres.folder)):
        assert ask(postgres.url, "SELECT answer FROM kept") == "42"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/shm")
def test_it_leaves_dev_shm_to_the_semaphores_of_sandboxed_programs(postgres: Postgres) -> None:
    with serving(postgres):
        assert ask(postgres.url, "SHOW dynamic_shared_memory_type") == "sysv"


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    with serving(postgres), pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(postgres.url.replace("callboard:", "callboard:wrong"), "SELECT 1")


def test_the_superuser_is_refused(postgres: Postgres) -> None:
    with serving(postgres), pytest.raises(psycopg2.OperationalError, match="no pg_hba"):
        ask(postgres.url.replace("//callboard:", "//postgres:"), "SELECT 1")


def test_the_password_is_on_no_command_line_and_in_a_private_file(postgres: Postgres) -> None:
    program = postgres.prepare()
    password = postgres.url.split(":")[2].split("@")[0]
    assert password not in " ".join(program.argv)
    assert (postgres.folder / "endpoint.json").stat().st_mode & 0o777 == 0o600


def test_what_was_acknowledged_is_on_the_disk(postgres: Postgres) -> None:
    with serving(postgres):
        assert ask(postgres.url, "SHOW fsync") == "on"
        assert ask(postgres.url, "SHOW synchronous_commit") == "on"


def test_it_starts_after_a_crash(postgres: Postgres) -> None:
    with serving(postgres) as process:
        ask(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        process.kill()
        process.wait()
    leftovers.end(postgres.data)
    with serving(postgres):
        assert ask(postgres.url, "SELECT answer FROM kept") == "42"


def test_it_starts_though_its_old_process_id_belongs_to_somebody_else(postgres: Postgres) -> None:
    with serving(postgres):
        lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getpid())
    (postgres.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with serving(postgres):
        assert ask(postgres.url, "SELECT 1") == "1"


def test_a_start_cut_short_is_begun_again(postgres: Postgres) -> None:
    (postgres.folder.with_name("postgres.new") / "data").mkdir(parents=True)
    with serving(postgres):
        assert ask(postgres.url, "SELECT 1") == "1"


def test_the_data_of_another_version_is_refused_in_a_sentence(postgres: Postgres) -> None:
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(StartError, match="was written by PostgreSQL 15"):
        postgres.prepare()


@as_root
def test_root_without_user_namespaces_runs_it_as_nobody_and_back(
    postgres: Postgres, opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(postgres):
        ask(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with monkeypatch.context() as refused:
        refused.setattr(account, "_NAMESPACE", ("false",))
        refused.setattr(binaries, "COPIES", opened)
        with serving(postgres):
            assert ask(postgres.url, "SELECT answer FROM kept") == "42"
            assert postgres.data.stat().st_uid == account.NOBODY
    with serving(postgres):
        assert ask(postgres.url, "SELECT answer FROM kept") == "42"
    assert postgres.folder.parents[1].stat().st_mode & 0o777 == 0o700


@as_root
def test_an_ordinary_user_runs_it(opened: Path) -> None:
    script = (
        "import sys, subprocess, pathlib; from cli.stack.embedded.postgres import Postgres\n"
        "server = Postgres(pathlib.Path(sys.argv[1]) / 'postgres'); program = server.prepare()\n"
        "process = subprocess.Popen(program.argv, cwd=program.folder, env=program.env)\n"
        "while not server.answers(): assert process.poll() is None\n"
        "process.send_signal(program.stop_signal); sys.exit(process.wait())\n"
    )
    os.chown(opened, 1000, 1000)
    user = {"user": 1000, "group": 1000, "extra_groups": []}
    python = shutil.which(f"python3.{sys.version_info.minor}", path=f"/usr/local/bin:{os.defpath}")
    packages = sysconfig.get_path("purelib")
    if python is None or subprocess.run(("test", "-r", packages), check=False, **user).returncode:
        pytest.skip("neither a Python nor this virtual environment is open to other users")
    environment = {"PYTHONPATH": f"{os.getcwd()}:{packages}", "PATH": os.defpath}
    command = (python, "-c", script, str(opened))
    result = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=60, **user)
    assert result.returncode == 0, result.stderr
