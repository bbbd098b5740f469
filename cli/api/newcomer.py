"""What `check` sets up for a folder or a git URL that Callboard has never seen: a project, agents and their grants."""

import hashlib
import re
from contextlib import suppress
from pathlib import Path

from callboard.errors import (
    AgentNotFoundError,
    AlreadyExistsError,
    InvalidError,
    InvalidSourceError,
    ProjectNotFoundError,
)
from callboard.slugs import slug
from cli.api.client import Client, Json

_GIT_URL = re.compile(r"[a-z][a-z0-9+.-]*://.+|[\w.-]+@[\w.-]+:.+", re.IGNORECASE)
_TESTER = ("testing",)
COMMAND = "command"


def source_of(given: str) -> dict[str, str]:
    """The source that a path or a git URL stands for. Raises InvalidSourceError where it is neither."""
    folder = Path(given).expanduser()
    if folder.is_dir():
        return {"path": str(folder.resolve())}
    if _GIT_URL.fullmatch(given):
        return {"git": given}
    raise InvalidSourceError(f"{given} is no folder here and no git URL; check the spelling")


def project_for(api: Client, source: dict[str, str]) -> str:
    """The id of the project with this source, made where it is missing: the folder's name, or that and a hash."""
    ((kind, place),) = source.items()
    last = Path(place).name or "project"
    name = last.rpartition(":")[2].removesuffix(".git") if kind == "git" else last
    for id in _ids(name, place):
        with suppress(AlreadyExistsError):
            if _source(api, id) is None:
                api.send("POST", "projects", body={"id": id, "name": name, "source": source})
        if _is_same(_source(api, id), source):
            return id
    raise InvalidSourceError(f"The projects {' and '.join(_ids(name, place))} have other sources; add one by hand")


def staff(api: Client, project_id: str) -> None:
    """Makes `reviewer` and `tester` where they are missing, and grants them on the project what they can do."""
    catalogue = list(api.items("capabilities"))
    reviewing = [item["name"] for item in catalogue if item["risk"] == "read" and item["name"] != COMMAND]
    testing = [item["name"] for item in catalogue if item["name"] in _TESTER]
    granted = {agent["id"]: agent["capabilities"] for agent in api.items("projects", project_id, "agents")}
    for agent, capabilities in (("reviewer", reviewing), ("tester", testing)):
        if lacking := [name for name in capabilities if name not in granted.get(agent, ())]:
            _assign(api, project_id, agent, lacking)


def _assign(api: Client, project_id: str, agent: str, capabilities: list[str]) -> None:
    try:
        able = api.get("agents", agent)["capabilities"]
    except AgentNotFoundError:
        body = {"id": agent, "name": agent.capitalize(), "kind": "tool", "capabilities": capabilities}
        able = api.send("POST", "agents", body=body)["capabilities"]
    if granted := [name for name in capabilities if name in able]:
        api.send("PUT", "projects", project_id, "agents", agent, body={"capabilities": granted})


def _ids(name: str, place: str) -> list[str]:
    try:
        id = slug(name)
    except InvalidError:
        id = "project"
    return [id, f"{id[:56]}-{hashlib.sha256(place.encode()).hexdigest()[:6]}"]


def _source(api: Client, id: str) -> Json | None:
    try:
        return dict(api.get("projects", id)["source"])
    except ProjectNotFoundError:
        return None


def _is_same(source: Json | None, wanted: dict[str, str]) -> bool:
    return source is not None and {name: source.get(name) for name in wanted} == wanted
