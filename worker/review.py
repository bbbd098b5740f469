"""What reviewing capabilities share: which files they look at, and how findings become a verdict and an artifact."""

from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from callboard.capabilities import Result
from callboard.errors import CapabilityError, InvalidParametersError
from callboard.findings import Finding, fingerprinted
from callboard.lifecycle import Verdict
from worker.confinement.run import Completed
from worker.context import Context
from worker.excerpts import Excerpts
from worker.formats.sarif import MEDIA_TYPE, Tool, write_sarif
from worker.workspace import Workspace

PYTHON = (".py", ".pyi")
SNIPPET = 200
UNHURRIED = 86_400.0
"""Seconds for a tool that may take as long as its operation, whose own limit comes first."""

# No leading slash, no `..` part, no backslash, no control character; written so that JSON Schema can say it too.
_PART = r"(?:[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.|\.[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.\.[^/\\\x00-\x1f]+)"
RelativePath = Annotated[
    str,
    StringConstraints(pattern=rf"^{_PART}(?:/{_PART})*/?$", max_length=500),
    Field(description="a path relative to the project's root, without .. in it"),
]


class ReviewParameters(BaseModel):
    """Where a reviewing capability looks."""

    model_config = ConfigDict(extra="forbid")

    paths: list[RelativePath] = Field(
        default_factory=list,
        max_length=100,
        description="Files or folders to look at, relative to the project's root; the whole project when empty.",
    )


@dataclass
class Review:
    """What one tool saw: its findings, how many files it read, and sentences about what it could not look at."""

    tool: Tool
    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    unseen: list[str] = field(default_factory=list)


def installed(name: str, uri: str) -> Tool:
    """The tool of a distribution, in the version that this worker has; a missing one says so when it is run."""
    try:
        return Tool(name, version(name), uri)
    except PackageNotFoundError:
        return Tool(name, "missing", uri)


def targets(paths: list[str]) -> list[str]:
    """`paths` as arguments that no tool takes for options; the whole project when there are none."""
    return [f"./{path}" for path in paths] or ["."]


def files_under(workspace: Workspace, paths: list[str], *suffixes: str) -> list[str]:
    """The project's files with one of `suffixes` (any, where none is given) that lie under `paths`.

    Raises InvalidParametersError where a path does not exist.
    """
    for path in paths:
        if not (workspace.path / path).exists():
            raise InvalidParametersError(f"The path {path!r} is not in the project at this commit; check `paths`.")
    wanted = [PurePosixPath(path) for path in paths or ["."]]
    return [
        file for file in workspace.files(*suffixes) if any(PurePosixPath(file).is_relative_to(path) for path in wanted)
    ]


def source_line(workspace: Workspace, path: str, line: int | None) -> str:
    """The text of a line, trimmed, as the snippet by which a finding is known again."""
    return workspace.line(path, line).strip()[:SNIPPET] if path and line else ""


def conclude(workspace: Workspace, context: Context, *reviews: Review) -> Result:
    """Fail for any error or warning; else inconclusive where something was not looked at; else pass. Keeps SARIF."""
    excerpts = Excerpts(workspace, [finding for review in reviews for finding in review.findings])
    runs = [(review.tool, excerpts.given(fingerprinted(sorted(review.findings, key=_place)))) for review in reviews]
    context.artifact("results.sarif", write_sarif(runs), MEDIA_TYPE)
    findings = sorted((finding for _, found in runs for finding in found), key=_place)
    files = max(review.files for review in reviews)
    unseen = [sentence for review in reviews for sentence in _unseen(review)]
    return Result(
        verdict=judge(findings, unseen),
        summary="; ".join([told(findings, files), *unseen]),
        metrics=measured(findings, files),
        findings=findings,
    )


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.path, finding.line or 0, finding.rule


def _unseen(review: Review) -> list[str]:
    return review.unseen or ([] if review.files else [f"{review.tool.name} looked at no file"])


def judge(findings: list[Finding], unseen: list[str]) -> Verdict:
    """The verdict on findings, given sentences about what was not looked at; notes alone do not fail."""
    if any(finding.severity in ("error", "warning") for finding in findings):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if unseen else Verdict.PASS


def measured(findings: list[Finding], files: int) -> dict[str, int | float]:
    """How many findings there are, in all and of each severity, and how many files were looked at."""
    severities = Counter(finding.severity for finding in findings)
    return {
        "findings": len(findings),
        "files": files,
        "errors": severities["error"],
        "warnings": severities["warning"],
        "notes": severities["note"],
    }


def told(findings: list[Finding], files: int) -> str:
    """Such as `12 findings in 34 files: 2 errors, 10 warnings`."""
    severities = Counter(finding.severity for finding in findings)
    parts = [counted(severities[name], name) for name in ("error", "warning", "note") if severities[name]]
    head = f"{counted(len(findings), 'finding')} in {counted(files, 'file')}"
    return f"{head}: {', '.join(parts)}" if parts else head


def counted(number: int, noun: str) -> str:
    """Such as `1 file` or `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def crashed(tool: str, done: Completed) -> CapabilityError:
    """The error for a tool that ended in a way that it does not document, with its own last line."""
    if done.truncated:
        return CapabilityError(f"{tool} printed more than is kept; narrow `paths` or its configuration.")
    lines = [line.strip() for line in (done.error_text or done.text).splitlines() if line.strip()]
    return CapabilityError(
        f"{tool} ended with exit code {done.returncode}: {lines[-1][:500] if lines else 'no output'}"
    )


def named(paths: list[str], most: int = 3) -> str:
    """Some paths for a sentence, such as `a.py, b.py and 7 more`."""
    shown = ", ".join(paths[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown


def is_own_module(workspace: Workspace, module: str) -> bool:
    """Whether the project itself has a package or module of the dotted name's first part."""
    top = module.partition(".")[0]
    places = (file.removesuffix(".py").split("/") for file in workspace.files(".py"))
    return any(top in parts for parts in places)
