"""Tests of `callboard agents` against a running `up`."""

import json

from tests.cli.conftest import Type


def test_an_agent_is_added_shown_and_removed(typed: Type) -> None:
    added = typed("agents", "add", "Critic", "-c", "code_review", "--setting", "strict:=true", "--json")
    assert json.loads(added.stdout)["settings"] == {"strict": True}
    assert "Critic" in typed("agents", "ls").stdout
    assert "setting strict" in typed("agents", "show", "critic").stdout
    assert json.loads(typed("agents", "show", "critic", "--json").stdout)["kind"] == "tool"
    assert typed("agents", "rm", "critic").stdout == "removed critic\n"
    assert typed("agents", "show", "critic").exit_code == 2


def test_an_agent_is_put_on_a_project_with_all_that_it_can_and_taken_off(typed: Type, project: str) -> None:
    typed("agents", "add", "Helping Hand", "-c", "code_review", "-c", "complexity")
    assigned = typed("agents", "assign", "helping-hand", project)
    assert assigned.stdout == f"helping-hand may perform code_review, complexity on {project}\n"
    listed = json.loads(typed("agents", "ls", "-p", project, "--json").stdout)
    assert {agent["id"] for agent in listed} == {project, "helping-hand"}
    assert typed("agents", "unassign", "helping-hand", project).exit_code == 0
    assert "helping-hand" not in typed("agents", "ls", "-p", project).stdout


def test_what_the_agent_cannot_do_is_not_granted(typed: Type, project: str) -> None:
    result = typed("agents", "assign", project, project, "-c", "complexity")
    assert result.exit_code == 2
    assert "cannot perform 'complexity'" in result.stderr


def test_an_unknown_kind_is_refused(typed: Type) -> None:
    result = typed("agents", "add", "Ghost", "-c", "code_review", "--kind", "spirit")
    assert result.exit_code == 2
    assert "kind" in result.stderr


def test_what_was_granted_is_told_to_scripts(typed: Type, project: str) -> None:
    answer = json.loads(typed("agents", "assign", project, project, "-c", "testing", "--json").stdout)
    assert answer["status"] == "success"
