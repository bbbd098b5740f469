"""The capability code_review: ruff's findings, by the project's own rules where it has some."""

import json
import re
import sys
from typing import Any

from callboard.capabilities import Result, capability
from callboard.findings import Finding
from worker.confined import project_path, read_confined
from worker.confinement.run import Completed
from worker.context import Context
from worker.review import (
    PYTHON,
    Review,
    ReviewParameters,
    conclude,
    counted,
    crashed,
    files_under,
    installed,
    source_line,
    targets,
)
from worker.workspace import Workspace

RUFF = installed("ruff", "https://docs.astral.sh/ruff/")
COMMAND = [sys.executable, "-I", "-m", "ruff", "check", "--no-cache"]
LANGUAGE = (*PYTHON, ".ipynb")
OWN_RULES = "E4,E7,E9,F,B,C4,PLE,W6"
BROKEN = re.compile(r"invalid-syntax|E9|F63|F7|F82|PLE")


@capability("code_review", parameters=ReviewParameters, timeout=300)
def code_review(workspace: Workspace, parameters: ReviewParameters, context: Context) -> Result:
    """Reviews Python code with ruff.

    The project's own ruff configuration counts; without one, rules for likely bugs are used. Code that cannot work
    (syntax errors, undefined names) is an error, everything else a warning; either makes the verdict fail.
    """
    where = targets(parameters.paths)
    if not files_under(workspace, parameters.paths, *LANGUAGE):
        return conclude(workspace, context, Review(RUFF, unseen=["there is no Python file here"]))
    options = _options(workspace)
    context.log.info("ruff runs with %s", " ".join(options) or "the project's own configuration")
    listed = workspace.run([*COMMAND, *options, "--show-files", *where])
    if listed.returncode != 0:
        raise crashed("ruff", listed)
    files = sum(name.endswith(LANGUAGE) for name in listed.text.splitlines())
    context.progress(0, files, f"reviewing {counted(files, 'file')}")
    done = workspace.run([*COMMAND, *options, "--output-format", "json", *where])
    unseen = [] if files else ["the project's ruff configuration excludes every file"]
    return conclude(workspace, context, Review(RUFF, _findings(workspace, done), files, unseen))


def _options(workspace: Workspace) -> list[str]:
    """Nothing where the project configures ruff anywhere; else our rules, for the Python that the project asks for."""
    files = workspace.files(".toml")
    if any(file.rpartition("/")[2] in ("ruff.toml", ".ruff.toml") for file in files):
        return []
    projects = [file for file in files if file.rpartition("/")[2] == "pyproject.toml"]
    texts = [read_confined(workspace.path, file) or b"" for file in projects]
    if any(re.search(rb"^\s*\[tool\.ruff\b", text, re.MULTILINE) for text in texts):
        return []
    # Where no version is asked for, syntax of any known Python is allowed.
    newest = [] if any(b"requires-python" in text for text in texts) else ["--target-version", "py314"]
    return ["--select", OWN_RULES, *newest]


def _findings(workspace: Workspace, done: Completed) -> list[Finding]:
    try:
        if done.returncode not in (0, 1):
            raise ValueError(done.returncode)
        return [_finding(workspace, item) for item in json.loads(done.stdout)]
    except (ValueError, KeyError, TypeError) as error:
        raise crashed("ruff", done) from error


def _finding(workspace: Workspace, item: dict[str, Any]) -> Finding:
    path = project_path(item["filename"], workspace.path)
    nowhere = {"row": None, "column": None}
    place, end = item["location"] or nowhere, item["end_location"] or nowhere
    rule = item["code"] or item["name"]
    return Finding(
        rule=rule,
        message=item["message"],
        severity="error" if BROKEN.match(rule) else "warning",
        path=path,
        line=place["row"],
        column=place["column"],
        end_line=end["row"],
        end_column=end["column"],
        snippet=source_line(workspace, path, place["row"]),
        help_uri=item["url"],
    )
