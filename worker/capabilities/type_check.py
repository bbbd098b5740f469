"""The capability type_check: mypy's findings, by the project's own configuration."""

import json
import os
import re
import sys

from callboard.capabilities import Result, capability
from callboard.findings import Finding
from worker.confined import project_path, read_confined
from worker.confinement.run import Completed
from worker.context import Context
from worker.review import (
    PYTHON,
    UNHURRIED,
    Review,
    ReviewParameters,
    conclude,
    counted,
    crashed,
    files_under,
    installed,
    is_own_module,
    named,
    source_line,
    targets,
)
from worker.workspace import Workspace

MYPY = installed("mypy", "https://mypy.readthedocs.io/")
IMPORTS = ("import-not-found", "import-untyped")
MODULE = re.compile(r'"([\w.]+)"')


@capability("type_check", parameters=ReviewParameters, timeout=600)
def type_check(workspace: Workspace, parameters: ReviewParameters, context: Context) -> Result:
    """Checks types with mypy, as the project's own configuration says.

    Every error of mypy is an error and makes the verdict fail. Imports of packages that are not installed here are
    notes: mypy could not look behind them, so without errors the verdict is inconclusive.
    """
    where = targets(parameters.paths)
    files = files_under(workspace, parameters.paths, *PYTHON)
    if not files:
        return conclude(workspace, context, Review(MYPY, unseen=["there is no Python file here"]))
    done = _run(workspace, where if parameters.paths else [])
    if done.returncode == 2 and b"Missing target module" in done.stderr:
        done = _run(workspace, where)
    findings = [finding for line in done.text.splitlines() if (finding := _finding(workspace, line))]
    unseen = _unseen(workspace, done, findings)
    if done.returncode not in (0, 1, 2) or (done.returncode and not findings and not unseen):
        raise crashed("mypy", done)
    return conclude(workspace, context, Review(MYPY, findings, _checked(workspace), unseen))


def _run(workspace: Workspace, where: list[str]) -> Completed:
    # Without paths of ours mypy takes the files that the project's configuration names, if any.
    command = [sys.executable, "-I", "-m", "mypy", "--output", "json", "--cache-dir", os.devnull]
    env = {"MYPYPATH": "src"} if (workspace.path / "src").is_dir() else {}
    return workspace.run([*command, "--linecount-report", str(workspace.scratch), *where], env=env, seconds=UNHURRIED)


def _checked(workspace: Workspace) -> int:
    # The report has one line for each module that was checked, and one for the total.
    report = read_confined(workspace.scratch, "linecount.txt") or b""
    return max(len(report.splitlines()) - 1, 0)


def _finding(workspace: Workspace, line: str) -> Finding | None:
    if not line.startswith("{"):
        return None
    try:
        item = json.loads(line)
        path, rule, number = project_path(item["file"], workspace.path), item["code"] or "mypy", item["line"]
        module = MODULE.search(item["message"])
        foreign = rule in IMPORTS and not (module and is_own_module(workspace, module[1]))
        return Finding(
            rule=rule,
            message=item["message"],
            severity="error" if item["severity"] == "error" and not foreign else "note",
            path=path,
            line=number if number > 0 else None,
            column=item["column"] + 1 if item["column"] >= 0 else None,
            snippet=source_line(workspace, path, number),
            help_uri=f"https://mypy.readthedocs.io/en/stable/_refs.html#code-{rule}",
        )
    except (ValueError, KeyError, TypeError):
        # A plugin of the project may print what it likes.
        return None


def _unseen(workspace: Workspace, done: Completed, findings: list[Finding]) -> list[str]:
    unseen = []
    imports = sum(finding.rule in IMPORTS and finding.severity == "note" for finding in findings)
    if imports:
        unseen.append(f"mypy could not follow {counted(imports, 'import')} of packages that are not installed here")
    if done.returncode == 2:
        python = set(workspace.files(*PYTHON))
        lines = [line for line in done.error_text.splitlines() if line.partition(": error: ")[0] in python]
        broken = sorted({finding.path for finding in findings if finding.rule == "syntax"})
        unseen += [f"mypy stopped at the syntax of {named(broken)}"] if broken else lines[:1]
    return unseen
