from pathlib import Path

import pytest

from callboard.errors import InvalidSourceError
from cli.api import newcomer
from cli.api.client import Client
from tests.cli.conftest import Type


@pytest.mark.parametrize("url", ["https://example.org/a.git", "ssh://git@example.org/a", "git@example.org:team/a.git"])
def test_a_git_url_is_a_git_source(url: str) -> None:
    assert newcomer.source_of(url) == {"git": url}


def test_a_folder_is_a_path_source_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert newcomer.source_of(str(tmp_path / "link")) == {"path": str(tmp_path / "real")}


@pytest.mark.parametrize("given", ["no/such/folder", "example.org", ""])
def test_what_is_neither_is_refused(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSourceError, match="no folder here and no git URL"):
        newcomer.source_of(given or "nothing")


@pytest.mark.parametrize(
    ("url", "id"), [("git@example.org:team/alpha.git", "alpha"), ("https://example.org/beta.git/", "beta")]
)
def test_a_git_project_is_named_like_its_repository(api: Client, url: str, id: str) -> None:
    assert newcomer.project_for(api, {"git": url}) == id
    assert newcomer.project_for(api, {"git": url}) == id


def test_a_name_of_which_no_id_can_be_made_is_a_project_still(api: Client) -> None:
    assert newcomer.project_for(api, {"path": "/srv/\u0444\u044b"}).startswith("project")


def test_another_folder_of_the_same_name_is_another_project(api: Client) -> None:
    assert newcomer.project_for(api, {"path": "/srv/one/twin"}) == "twin"
    other = newcomer.project_for(api, {"path": "/srv/two/twin"})
    assert other.startswith("twin-")
    assert newcomer.project_for(api, {"path": "/srv/two/twin"}) == other


def test_ids_that_are_both_taken_are_said(api: Client) -> None:
    place = "/srv/crowded"
    for id in newcomer._ids("crowded", place):
        api.send("POST", "projects", body={"id": id, "name": id, "source": {"path": f"/elsewhere/{id}"}})
    with pytest.raises(InvalidSourceError, match="have other sources; add one by hand"):
        newcomer.project_for(api, {"path": place})


def test_an_agent_that_exists_is_granted_only_what_it_can(api: Client, typed: Type) -> None:
    project = newcomer.project_for(api, {"path": "/srv/staffed"})
    newcomer.staff(api, project)
    granted = {agent["id"]: agent["capabilities"] for agent in api.items("projects", project, "agents")}
    assert granted["tester"] == ["testing"]
    assert set(granted["reviewer"]) == {"code_review", "complexity", "security_scan", "type_check"}
