"""Tests of `callboard projects` against a running `up`."""

import json

from tests.cli.conftest import Type, Up


def test_a_project_is_added_listed_shown_and_removed(typed: Type, up: Up) -> None:
    added = typed("projects", "add", "My Site", "--path", str(up.root), "--policy", "network_setup:=true", "--json")
    assert json.loads(added.stdout)["id"] == "my-site"
    assert str(up.root) in typed("projects", "ls").stdout
    shown = typed("projects", "show", "my-site").stdout
    assert "network_setup=True" in shown
    assert "nothing was run yet" in shown
    assert typed("projects", "rm", "my-site").stdout == "removed my-site\n"
    assert typed("projects", "show", "my-site").exit_code == 2


def test_a_git_source_keeps_its_ref(typed: Type) -> None:
    typed(
        "projects", "add", "Far", "--git", "https://example.org/far.git", "--ref", "main", "--description", "far away"
    )
    shown = typed("projects", "show", "far").stdout
    assert "https://example.org/far.git at main" in shown
    assert "far away" in shown


def test_a_project_needs_exactly_one_source(typed: Type, up: Up) -> None:
    for words in ((), ("--path", str(up.root), "--git", "https://example.org/x.git")):
        result = typed("projects", "add", "Odd", *words)
        assert result.exit_code == 2
        assert "one source: --path FOLDER or --git URL" in result.stderr


def test_an_id_that_is_taken_is_refused(typed: Type, up: Up) -> None:
    typed("projects", "add", "Taken", "--path", str(up.root))
    result = typed("projects", "add", "Other", "--id", "taken", "--path", str(up.root))
    assert result.exit_code == 2
    assert "'taken' exists already" in result.stderr


def test_a_project_s_newest_records_are_shown(typed: Type, project: str) -> None:
    typed("run", "code_review", "-p", project)
    assert "completed fail" in typed("projects", "show", project).stdout
    listed = json.loads(typed("projects", "ls", "--json", "--limit", "200").stdout)
    assert project in {item["id"] for item in listed}


def test_a_project_is_told_to_scripts_with_its_agents(typed: Type, project: str) -> None:
    shown = json.loads(typed("projects", "show", project, "--json").stdout)
    assert [agent["id"] for agent in shown["agents"]] == [project]
    assert project in [item["id"] for item in json.loads(typed("projects", "ls", "--json").stdout)]
