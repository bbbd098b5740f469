"""The rules of the house that can be measured: sizes, imports, commits, the environment, names and docstrings."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("callboard", "worker", "web", "cli", "migrations")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 400, 50, 5
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "shared", "core"}
READS_ENVIRONMENT = {"callboard/settings.py", "cli/environment.py"}
BUILDS_A_CHILDS_ENVIRONMENT = {"worker/confinement/grants.py", "worker/environment.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


every_file = pytest.mark.parametrize("path", FILES, ids=name)


@every_file
def test_a_file_is_short_and_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    first, *_ = (ast.get_docstring(tree(path)) or "").splitlines() or [""]
    assert first.endswith("."), "the module's docstring must start with one sentence"


@every_file
def test_functions_are_short_and_take_few_parameters(path: Path) -> None:
    for function in functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        is_sql = path.parent.name == "versions"  # a migration is one statement after the other
        assert length <= LONGEST_FUNCTION or is_sql, f"{function.name} has {length} lines"
        taken = [*function.args.posonlyargs, *function.args.args]
        own = [each for each in taken if each.arg not in ("self", "cls")]
        assert len(own) <= MOST_PARAMETERS, f"{function.name} takes {len(own)} positional parameters"


@every_file
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [
        node.lineno
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@every_file
def test_a_modules_name_says_what_it_holds(path: Path) -> None:
    assert not {path.stem, path.parent.name} & FORBIDDEN_NAMES


def test_only_transaction_commits() -> None:
    # A git commit is asked for with an argument; a session's or a connection's takes none.
    committing = {name(path) for path in FILES if any(not call.args for call in _calls(path, "commit"))}
    assert committing <= {"callboard/db.py", "migrations/env.py"}


def test_the_environment_is_read_in_one_place_a_package() -> None:
    reading = {
        name(path)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv", "environb")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert reading <= READS_ENVIRONMENT | BUILDS_A_CHILDS_ENVIRONMENT


def test_what_others_may_call_has_a_docstring() -> None:
    bare = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in FILES
        if not name(path).startswith("migrations/")
        for node in tree(path).body
        if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []


def test_no_file_names_a_registry_or_keeps_a_note_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|pypi\.org|registry\.npmjs")
    found = [
        f"{name(path)}: {match.group()}" for path in FILES if (match := later.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _calls(path: Path, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node
