"""What docker-compose.yml promises, as far as it can be seen without a container engine."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from callboard.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
ONE_SHOT = "migrate"
SERVICES = sorted(COMPOSE["services"])
LASTING = [name for name in SERVICES if name != ONE_SHOT]
OURS = [name for name in SERVICES if "build" in COMPOSE["services"][name]]


def service(name: str) -> dict[str, Any]:
    return dict(COMPOSE["services"][name])


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    subprocess.run(["sh", ROOT / "deploy/make-secrets.sh", tmp_path / "secrets"], check=True, capture_output=True)
    return tmp_path / "secrets"


def test_the_stack_is_complete() -> None:
    assert SERVICES == ["flower", "migrate", "postgres", "redis", "web", "worker"]


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_tells_its_health_and_comes_back_by_itself(name: str) -> None:
    assert service(name)["healthcheck"]["test"]
    assert service(name)["restart"] == "unless-stopped"


def test_migrations_run_once_and_before_web_and_worker() -> None:
    assert service(ONE_SHOT)["restart"] == "no"
    for name in ("web", "worker"):
        assert service(name)["depends_on"][ONE_SHOT]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_privilege_and_no_endless_log(name: str) -> None:
    limits = service(name)
    assert limits["read_only"] is True
    assert limits["cap_drop"] == ["ALL"]
    assert limits["security_opt"] == ["no-new-privileges:true"]
    assert limits["logging"]["options"]["max-size"]


def test_nothing_runs_as_root() -> None:
    assert re.search(r"^USER (?!root)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert all(service(name)["user"] not in ("root", "0") for name in SERVICES if name not in OURS)


@pytest.mark.parametrize("name", LASTING)
def test_ports_are_on_loopback_unless_told_otherwise(name: str) -> None:
    assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in service(name).get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_comes_from_a_file_that_the_service_is_given(name: str) -> None:
    environment = service(name).get("environment", {})
    named = {path for key, path in environment.items() if key.endswith("_FILE")}
    assert named <= {f"/run/secrets/{secret}" for secret in service(name)["secrets"]}
    assert not re.search(r"://[^/\s]*:[^/\s]*@", str(service(name)))


@pytest.mark.parametrize("name", OURS)
def test_every_callboard_variable_is_a_setting(name: str) -> None:
    names = [key.removesuffix("_FILE") for key in service(name)["environment"] if key.startswith(PREFIX)]
    assert names
    assert {key.removeprefix(PREFIX).lower() for key in names} <= set(Settings.model_fields)


def test_the_script_makes_every_secret(secrets: Path) -> None:
    wanted = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert {path.name for path in secrets.iterdir()} == wanted


def test_only_the_owner_enters_the_folder_of_secrets_and_containers_read_the_files(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert all(path.stat().st_mode & stat.S_IROTH for path in secrets.iterdir())


def test_secrets_that_exist_are_left_as_they_are(secrets: Path) -> None:
    before = {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()}
    subprocess.run(["sh", ROOT / "deploy/make-secrets.sh", secrets], check=True, capture_output=True)
    assert {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()} == before


def test_the_made_secrets_are_valid_settings(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, path in service("web")["environment"].items():
        if name.endswith("_FILE"):
            monkeypatch.setenv(name, str(secrets / Path(path).name))
    settings = load_settings()
    password = (secrets / "postgres-password").read_text(encoding="utf-8")
    assert settings.database_url == f"postgresql+psycopg2://callboard:{password}@postgres:5432/callboard"
    assert settings.broker_url.removesuffix("/1") == settings.redis_url.removesuffix("/0")


def test_without_an_engine_the_compose_test_says_so_in_one_sentence(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{tmp_path}/nothing.sock"}
    told = subprocess.run(
        ["sh", ROOT / "deploy/compose-test.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"compose-test: no container engine answers at unix://{tmp_path}/nothing.sock")
    assert told.stderr.count("\n") == 1
