"""The source lines that a finding carries."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from callboard.capabilities import Result
from callboard.findings import Excerpt, Finding
from worker import excerpts
from worker.excerpts import Excerpts, with_excerpts
from worker.masking import MASK
from worker.sandbox import Sandbox
from worker.workspace import Workspace

LINES = [f"line {number}" for number in range(1, 21)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "a.py").write_text("\n".join(LINES))
    return Workspace(tmp_path, None, None, None, cast(Sandbox, None), tmp_path)


def at(line: int | None, path: str = "a.py", **told: Any) -> Finding:
    return Finding(rule="r", message="m", path=path, line=line, **told)


def shown(workspace: Workspace, *findings: Finding) -> list[Excerpt | None]:
    return [finding.excerpt for finding in Excerpts(workspace, findings).given(findings)]


def test_a_finding_shows_its_line_and_three_on_either_side(workspace: Workspace) -> None:
    middle, first, last = shown(workspace, at(10), at(1), at(20))
    assert middle == Excerpt(start=7, lines=tuple(LINES[6:13]))
    assert first == Excerpt(start=1, lines=tuple(LINES[:4]))
    assert last == Excerpt(start=17, lines=tuple(LINES[16:]))


def test_a_finding_without_a_line_or_outside_of_the_project_shows_none(workspace: Workspace) -> None:
    assert shown(workspace, at(None), at(21), at(3, "../x.py"), at(3, "")) == [None] * 4


def test_the_line_of_a_secret_is_hidden_from_every_finding_near_it(workspace: Workspace) -> None:
    (workspace.path / "a.py").write_text('x = "beside it"\nsend("correct-horse")\nimport os\n')
    secret, other = shown(workspace, at(2, secret=True), at(3))
    assert secret == Excerpt(start=1, lines=(f'x = "{MASK}"', MASK, "import os", ""))
    assert other == Excerpt(start=1, lines=('x = "beside it"', MASK, "import os", ""))


def test_long_lines_are_cut_and_all_excerpts_together_are_bounded(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.path / "a.py").write_text("x" * 5_000_000)
    monkeypatch.setattr(excerpts, "MOST_CHARACTERS", 300)
    one, two, three = shown(workspace, at(1), at(1), at(1))
    assert one == two == Excerpt(start=1, lines=("x" * 200 + "…",))
    assert three is None


def test_what_a_handler_has_not_given_is_added_and_the_rest_kept(workspace: Workspace) -> None:
    own = Excerpt(start=1, lines=("mine",))
    assert with_excerpts(workspace, Result(findings=[at(2, excerpt=own)])).findings[0].excerpt == own
    added = with_excerpts(workspace, Result(findings=[at(2)])).model_dump(mode="json")["findings"][0]
    assert added["excerpt"]["lines"][1] == "line 2"
    assert "secret" not in json.dumps(added)
