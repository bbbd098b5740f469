"""What a project needs is read from its files, and nothing but wheels of an index is let through."""

from pathlib import Path

import pytest

from callboard.errors import DependenciesError
from worker.dependencies import dependencies


def test_an_empty_folder_needs_nothing(tmp_path: Path) -> None:
    assert dependencies(tmp_path) == []


def test_requirements_files_are_read_with_what_they_include(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/base.txt").write_text("six>=1 # why\n-r ../requirements.txt\n")
    (tmp_path / "requirements.txt").write_text("-r more/base.txt\n--index-url https://x.invalid\n-e .\n.[dev]\n")
    (tmp_path / "requirements-dev.txt").write_text("idna==3.0 \\\n  --hash=sha256:00\n\n# nothing\n")
    assert dependencies(tmp_path) == ["idna==3.0", "six>=1"]


def test_pyproject_gives_dependencies_test_extras_and_groups(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "My.Shop"\ndependencies = ["six"]\n'
        '[project.optional-dependencies]\ntest = ["idna", "my_shop[dev]"]\ndocs = ["sphinx"]\n'
        '[dependency-groups]\ndev = ["attrs", {include-group = "more"}]\nmore = ["toml"]\n'
    )
    assert dependencies(tmp_path) == ["attrs", "idna", "six", "toml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("git+https://example.org/x", "no requirement"),
        ("x @ https://example.org/x.tar.gz", "x comes from a URL"),
        ("./folder", "no requirement"),
        ("-e ../other", "no wheel"),
        ("-r ../../etc/passwd", "no file of the project"),
        ("-r missing.txt", "no file of the project"),
    ],
)
def test_what_an_index_could_not_answer_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    with pytest.raises(DependenciesError, match=told):
        dependencies(tmp_path)


@pytest.mark.parametrize("text", ["[project", '[dependency-groups]\ndev = [{include-group = "dev"}]'])
def test_a_broken_pyproject_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(DependenciesError, match=r"pyproject\.toml"):
        dependencies(tmp_path)


def test_what_is_no_requirement_in_a_group_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[dependency-groups]\ndev = [{path = "../other"}, "six", 3]\n')
    assert dependencies(tmp_path) == ["six"]
