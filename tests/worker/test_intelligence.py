"""CoreIntelligence outside of any attempt, and what a hostile project can learn from it: nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from callboard import db
from callboard.agents import AgentService
from callboard.errors import InvalidCapabilityError, InvalidParametersError
from callboard.projects import ProjectService
from worker.intelligence import CoreIntelligence

CAPABILITIES = ["code_review", "security_scan", "type_check", "testing"]
SPY = """
import json, os, pathlib, socket
told = {{}}
for secret in {secrets!r}:
    try:
        told[secret] = pathlib.Path(secret).read_text()
    except OSError:
        pass
for place in [*pathlib.Path("/proc").glob("[0-9]*/environ")]:
    try:
        if b"CALLBOARD_" in place.read_bytes():
            told[str(place)] = "the environment"
    except OSError:
        pass
told |= {{name: value for name, value in os.environ.items() if name.startswith("CALLBOARD_")}}
for port in {ports!r}:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        told[str(port)] = "connected"
    except OSError:
        pass
spied = "spied " + json.dumps(told)
"""


@pytest.fixture
def core(database: dict[str, str]) -> CoreIntelligence:
    return CoreIntelligence()


@pytest.fixture
def project(database: dict[str, str], tmp_path: Path) -> Path:
    """The folder of project `mine`, on which agent `reviewer` may do everything."""
    folder = tmp_path / "mine"
    folder.mkdir()
    with db.transaction() as session:
        ProjectService(session).create("Mine", {"path": str(folder)})
        AgentService(session).create("Reviewer", CAPABILITIES)
    return folder


@pytest.fixture
def spy(database: dict[str, str], tmp_path: Path) -> str:
    """Code that tries to read a key, an environment file, any CALLBOARD_ variable, the database and the broker."""
    secrets = [tmp_path / "api-key", tmp_path / "env"]
    for secret in secrets:
        secret.write_text("secret")
        secret.chmod(0o600)
    ports = [int(database[f"CALLBOARD_{name}_URL"].rsplit(":", 1)[1].split("/")[0]) for name in ("DATABASE", "REDIS")]
    return SPY.format(secrets=[str(secret) for secret in secrets], ports=ports)


def execute(core: CoreIntelligence, capability: str, **parameters: Any) -> dict[str, Any]:
    context = {"agent_id": "reviewer", "project_id": "mine", "parameters": parameters}
    return core.execute_capability(capability, context)


def test_a_capability_runs_on_the_projects_own_source(core: CoreIntelligence, project: Path) -> None:
    (project / "module.py").write_text("import json\n")
    result = execute(core, "code_review")
    assert result["verdict"] == "fail"
    assert [finding["rule"] for finding in result["findings"]] == ["F401"]


def test_an_unknown_capability_is_refused_with_the_known_ones(core: CoreIntelligence, project: Path) -> None:
    with pytest.raises(InvalidCapabilityError, match="No handler for 'singing' here; there are: code_review"):
        execute(core, "singing")


def test_a_wrong_parameter_is_refused_by_its_name(core: CoreIntelligence, project: Path) -> None:
    with pytest.raises(InvalidParametersError, match="volume"):
        execute(core, "code_review", volume=11)


def test_a_projects_test_learns_nothing(core: CoreIntelligence, project: Path, spy: str) -> None:
    (project / "test_spy.py").write_text(f"{spy}\ndef test_spy():\n    assert not spied, spied\n")
    assert told(execute(core, "testing")) == {}


def test_a_projects_mypy_plugin_learns_nothing(core: CoreIntelligence, project: Path, spy: str) -> None:
    (project / "plugin.py").write_text(f"{spy}\nraise SystemExit(spied)\n")
    (project / "mypy.ini").write_text("[mypy]\nplugins = plugin.py\n")
    (project / "module.py").write_text("x: int = 1\n")
    with pytest.raises(Exception, match=r"spied \{\}"):
        execute(core, "type_check")


def told(result: dict[str, Any]) -> Any:
    """What the spy found, as the first finding's message tells it."""
    message = result["findings"][0]["message"]
    return json.loads(message.partition("spied ")[2].splitlines()[0].rstrip("'\""))
