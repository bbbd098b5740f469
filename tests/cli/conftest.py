"""One `callboard up` for all tests of the commands, and a way to type a command at it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from callboard import db
from callboard.settings import current
from cli.api.client import Client
from cli.api.connection import Connection, written
from cli.main import app
from cli.stack import ports

PROGRAM = (sys.executable, "-c", "from cli.main import app; app()")
SHOP = Path(__file__).parents[2] / "examples" / "shop"
# What a person has in the shell before anything of Callboard is set there.
BARE = {name: value for name, value in os.environ.items() if not name.startswith("CALLBOARD_")}

Type = Callable[..., Result]


@dataclass(frozen=True)
class Up:
    """A running `callboard up`: its address, its data folder, and the folder whose projects it may work on."""

    url: str
    data: Path
    root: Path

    @property
    def key(self) -> str:
        return (self.data / "api-key").read_text().strip()

    @property
    def environment(self) -> dict[str, str]:
        return {"CALLBOARD_URL": self.url, "CALLBOARD_API_KEY": self.key}


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`callboard up` on free ports with servers of its own, ended with the tests."""
    folder = tmp_path_factory.mktemp("up")
    root = folder / "root"
    root.mkdir()
    port, flower = ports.pick(), ports.pick()
    options = ("--no-demo", "--data", str(folder / ".callboard"), "--root", str(root), "--concurrency", "2")
    command = (*PROGRAM, "up", *options, "--port", str(port), "--flower-port", str(flower))
    quick = {"CALLBOARD_LEASE_SECONDS": "6", "CALLBOARD_HEARTBEAT_SECONDS": "2"}
    own = {"PYTHONPATH": str(Path(__file__).parents[2]), "CALLBOARD_WORK_DIR": str(folder / "work")}
    own["XDG_STATE_HOME"] = str(folder / "state")
    # What a stack covers as it runs is measured where one is started for it; measuring here, too, only slows it.
    unmeasured = {name: value for name, value in BARE.items() if not name.startswith("COVERAGE_")}
    environment = unmeasured | own | quick
    with (
        (folder / "up.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready http://127.0.0.1:{port}\n", (folder / "up.log").read_text()
            yield Up(f"http://127.0.0.1:{port}", folder / ".callboard", root)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.fixture
def shop(up: Up, request: pytest.FixtureRequest) -> Path:
    """A copy of examples/shop in the allowed root, in a folder named like the test."""
    folder = up.root / request.node.name.removeprefix("test_")[:40].strip("_")
    ignored = shutil.ignore_patterns("__pycache__", ".*cache")
    return Path(shutil.copytree(SHOP, folder, ignore=ignored))


@pytest.fixture
def typed(up: Up) -> Type:
    """Types a command in this process, with the address and key of `up` in the environment."""
    nothing = dict.fromkeys(name for name in os.environ if name.startswith("CALLBOARD_"))

    def typed(*words: str, **environment: str | None) -> Result:
        return CliRunner().invoke(app, list(words), env={**nothing, **up.environment, **environment})

    return typed


@pytest.fixture
def typed_at_server(up: Up, typed: Type) -> Iterator[Type]:
    """Types commands with the settings that `up` has written, and not with those of other tests."""

    def at_server(*words: str, **environment: str | None) -> Result:
        return typed(*words, **written(up.data) | environment)

    _forget()
    yield at_server
    _forget()


def _forget() -> None:
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()
    current.cache_clear()


@pytest.fixture
def api(up: Up) -> Iterator[Client]:
    """A client with the administrator's key."""
    with Client(Connection(up.url, up.key)) as client:
        yield client


@pytest.fixture
def project(typed: Type, shop: Path) -> str:
    """A project of the folder `shop` with an agent of its own that may review and test there; answers its id."""
    id = shop.name.replace("_", "-")
    for words in (
        ("projects", "add", id, "--path", str(shop)),
        ("agents", "add", id, "-c", "code_review", "-c", "testing"),
        ("agents", "assign", id, id),
    ):
        result = typed(*words)
        assert result.exit_code == 0, result.output
    return id
