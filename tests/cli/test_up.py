import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.stack import leftovers, ports
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.serving import serving
from cli.stack.embedded.valkey import Valkey

UP = (sys.executable, "-c", "from cli.main import app; app()", "up", "--data")
PARTS = ("worker", "web", "flower", "valkey", "postgres/data")
PASSED = ("PATH", "HOME", "XDG_STATE_HOME", "COVERAGE_PROCESS_CONFIG")
ENVIRONMENT = {name: os.environ[name] for name in PASSED if name in os.environ} | {"PYTHONPATH": os.getcwd()}


@pytest.fixture
def programs_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage looks away from what is started: it would take a third longer to reach what the first start reaches."""
    monkeypatch.delitem(ENVIRONMENT, "COVERAGE_PROCESS_CONFIG", raising=False)


@dataclass
class Running:
    """A `callboard up` that has said that it is ready."""

    process: subprocess.Popen[str]
    data: Path
    url: str
    sign_in: str

    @property
    def environment(self) -> dict[str, str]:
        lines = (self.data / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def client(self) -> httpx.Client:
        key = (self.data / "api-key").read_text().strip()
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def left(self) -> list[str]:
        """What still runs of it."""
        return [part for part in PARTS if leftovers.find(self.data / part)]


def start(data: Path, *options: str) -> Running:
    own = ("--port", str(ports.pick()), "--flower-port", str(ports.pick()), "--concurrency", "1")
    log = data.parent / "up.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            (*UP, str(data), *own, *options), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    with process.stdout as told:
        ready, sign_in = told.readline(), told.readline()
    assert ready.startswith("ready http://127.0.0.1:"), log.read_text()
    return Running(process, data, ready.split()[1], sign_in.removeprefix("sign in: ").strip())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "my data"


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[Running]:
    """The first start on new data, shared by the tests that only look."""
    up = start(data)
    yield up
    interrupt(up)


def refused(folder: Path, *options: str, **environment: str) -> str:
    command, env = (*UP, str(folder), *options), ENVIRONMENT | environment
    result = subprocess.run(command, env=env, cwd=folder.parent, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stdout == ""
    return result.stderr


def test_a_port_in_use_is_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = f"callboard: port {port} of 127.0.0.1 is in use: end what listens there, or name another with"
        assert refused(tmp_path / "data", "--port", str(port)) == f"{sentence} --port\n"
        flower = ("--port", str(ports.pick()), "--flower-port", str(port))
        assert refused(tmp_path / "data", *flower) == f"{sentence} --flower-port\n"
    assert not (tmp_path / "data" / "postgres").exists()


def test_one_port_for_two_is_a_sentence() -> None:
    told = CliRunner().invoke(app, ["up", "--port", "8099", "--flower-port", "8099"])
    assert (told.exit_code, told.stderr) == (
        2,
        "callboard: --port and --flower-port are both 8099: name another one\n",
    )


@pytest.mark.usefixtures("programs_unmeasured")
def test_a_program_that_cannot_start_ends_it_with_its_own_sentence(tmp_path: Path, servers: dict[str, str]) -> None:
    broken = tmp_path / "capabilities"
    broken.mkdir()
    (broken / "odd.py").write_text("def\n")
    options = ("--port", str(ports.pick()), "--flower-port", str(ports.pick()))
    given = {name: url for name, url in servers.items() if name.endswith("_URL")}
    told = refused(tmp_path / "data", *options, **given, CALLBOARD_CAPABILITIES=str(broken)).splitlines()
    last_words = r"callboard: (worker|flower) ended 3 times in a row; its last words: callboard: .*odd\.py"
    assert re.match(last_words, told[-1])


def test_the_first_start_shows_the_sample_project_at_work(running: Running) -> None:
    with running.client as client:
        items = client.get("/api/v1/projects/shop/operations").json()["items"]
    assert {(item["agent_id"], item["capability"]) for item in items} == {
        ("reviewer", "code_review"),
        ("tester", "testing"),
    }


def test_the_link_signs_a_browser_in(running: Running) -> None:
    answer = httpx.get(running.sign_in)
    assert answer.is_redirect
    assert "set-cookie" in answer.headers


def test_secrets_are_in_private_files_and_on_no_command_line(running: Running) -> None:
    for name in ("env", "api-key", "flower-password"):
        assert (running.data / name).stat().st_mode & 0o777 == 0o600
    assert running.data.stat().st_mode & 0o777 == 0o700
    lines = [line for part in PARTS for process in leftovers.find(running.data / part) for line in process.cmdline()]
    password = running.environment["CALLBOARD_FLOWER_PASSWORD"]
    assert not [line for line in lines if password in line or "redis://:" in line or "postgresql://" in line]


def test_the_env_file_starts_a_worker_that_may_read_what_up_allows(running: Running) -> None:
    told = dict(word.split("=", 1) for word in shlex.split((running.data / "env").read_text()))
    assert told["CALLBOARD_DATA_DIR"] == str(running.data)
    assert os.getcwd() in told["CALLBOARD_WORKSPACE_ROOTS"].split(":")


def test_a_second_up_on_the_same_data_is_a_sentence(running: Running) -> None:
    expected = f"callboard: `callboard up` (process {running.process.pid}) already runs on {running.data}"
    assert refused(running.data).startswith(expected)


def test_flower_wants_its_password(running: Running) -> None:
    flower = next(iter(leftovers.find(running.data / "flower")))
    port = next(word.removeprefix("--port=") for word in flower.cmdline() if word.startswith("--port="))
    password = running.environment["CALLBOARD_FLOWER_PASSWORD"]
    assert httpx.get(f"http://127.0.0.1:{port}/").status_code == httpx.codes.UNAUTHORIZED
    assert httpx.get(f"http://127.0.0.1:{port}/", auth=("admin", password)).status_code == httpx.codes.OK


@pytest.fixture(scope="module")
def ended(running: Running) -> Running:
    """The same, ended by Ctrl-C, with one more project in its data."""
    with running.client as client:
        client.post("/api/v1/projects", json={"id": "mine", "name": "Mine", "source": {"path": os.getcwd()}})
    interrupt(running)
    return running


@pytest.fixture(scope="module")
def again(ended: Running) -> Iterator[Running]:
    """The next start on the same data."""
    up = start(ended.data, "--no-demo")
    yield up
    kill(up)


def test_ctrl_c_ends_all_of_it(ended: Running) -> None:
    assert ended.process.returncode == 0
    assert ended.left() == []


def test_the_next_start_finds_the_data(again: Running) -> None:
    with again.client as client:
        assert client.get("/api/v1/projects/mine").status_code == httpx.codes.OK


def test_nothing_outlives_a_killed_up(again: Running) -> None:
    assert again.left() == list(PARTS)
    kill(again)
    assert again.left() == []


def interrupt(up: Running) -> None:
    """Presses Ctrl-C, and waits for the end; one that has ended stays so."""
    up.process.send_signal(signal.SIGINT)
    up.process.wait(30)


def kill(up: Running) -> None:
    """Kills `up` itself, and waits for its watcher to end the rest."""
    up.process.kill()
    up.process.wait()
    deadline = time.monotonic() + 30
    while up.left() and time.monotonic() < deadline:
        time.sleep(0.2)


@pytest.mark.usefixtures("programs_unmeasured")
def test_servers_that_the_operator_names_are_used_instead_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres, valkey = Postgres(tmp_path / "postgres"), Valkey(tmp_path / "valkey")
    with serving(postgres), serving(valkey):
        monkeypatch.setitem(ENVIRONMENT, "CALLBOARD_DATABASE_URL", postgres.url)
        monkeypatch.setitem(ENVIRONMENT, "CALLBOARD_REDIS_URL", f"{valkey.url}/0")
        monkeypatch.setitem(ENVIRONMENT, "CALLBOARD_BROKER_URL", f"{valkey.url}/1")
        up = start(tmp_path / "data", "--no-demo")
        try:
            assert set(up.left()) == {"worker", "web", "flower"}
            assert up.environment["CALLBOARD_DATABASE_URL"] == postgres.url
        finally:
            interrupt(up)
