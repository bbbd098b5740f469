"""The capability complexity: functions too tangled to follow, by complexipy's cognitive complexity."""

import re
import sys
from pathlib import Path

from pydantic import Field

from callboard.capabilities import Result, capability
from callboard.findings import Finding
from worker.confined import read_confined
from worker.context import Context
from worker.formats.sarif import read_sarif
from worker.review import (
    Review,
    ReviewParameters,
    conclude,
    counted,
    crashed,
    files_under,
    installed,
    named,
    source_line,
)
from worker.workspace import Workspace

COMPLEXIPY = installed("complexipy", "https://complexipy.com/")
PROGRAM = str(Path(sys.prefix) / "bin" / "complexipy")
REPORT = "complexity.sarif"
UNREAD = re.compile(r"^error: Failed to process (?:\./)?(.+?) - Please check", re.MULTILINE)
BATCH = 1000


class ComplexityParameters(ReviewParameters):
    """Where complexity is measured, and how much of it is too much."""

    max_complexity: int = Field(
        15, ge=1, le=1000, description="The highest cognitive complexity that a function may have."
    )


@capability("complexity", parameters=ComplexityParameters, timeout=300)
def complexity(workspace: Workspace, parameters: ComplexityParameters, context: Context) -> Result:
    """Measures the cognitive complexity of every Python function with complexipy.

    A function above `max_complexity` is a warning and makes the verdict fail. The project's own complexipy
    configuration does not count, so that one measure holds for all projects.
    """
    files = files_under(workspace, parameters.paths, ".py")
    if not files:
        return conclude(workspace, context, Review(COMPLEXIPY, unseen=["there is no Python file here"]))
    review = Review(COMPLEXIPY)
    for start in range(0, len(files), BATCH):
        context.progress(start, len(files), f"measuring {counted(len(files), 'file')}")
        _measure(workspace, files[start : start + BATCH], parameters.max_complexity, review)
    return conclude(workspace, context, review)


def _measure(workspace: Workspace, files: list[str], most: int, review: Review) -> None:
    options = ["--isolated", "--plain", "--color", "no", "--cache-dir", str(workspace.scratch / "complexipy")]
    report = ["--output-format", "sarif", "--output", str(workspace.scratch / REPORT)]
    paths = [f"./{file}" for file in files]
    done = workspace.run([PROGRAM, *options, *report, "--max-complexity-allowed", str(most), *paths])
    sarif = read_confined(workspace.scratch, REPORT)
    if done.returncode not in (0, 1) or sarif is None:
        raise crashed("complexipy", done)
    unread = UNREAD.findall(done.text)
    review.findings += [_told(workspace, finding) for finding in read_sarif(sarif, workspace.path)]
    review.files += len(files) - len(unread)
    review.unseen += [f"complexipy could not parse {named(unread)}"] if unread else []


def _told(workspace: Workspace, finding: Finding) -> Finding:
    return finding.model_copy(update={"snippet": source_line(workspace, finding.path, finding.line)})
