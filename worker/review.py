"""What reviewing capabilities share: which files they look at, and how findings become a verdict and an artifact."""

from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from callboard.capabilities import Result
from callboard.errors import CapabilityError, InvalidParametersError
from callboard.findings import Finding, fingerprinted
from callboard.lifecycle import Verdict
from worker.context import Context
from worker.sarif import MEDIA_TYPE, write_sarif

PYTHON = (".py", ".pyi")
SNIPPET = 200

# No leading slash, no `..` part, no backslash, no control character; written so that JSON Schema can say it too.
_PART = r"(?:[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.|\.[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.\.[^/\\\x00-\x1f]+)"
RelativePath = Annotated[str, StringConstraints(pattern=rf"^{_PART}(?:/{_PART})*/?$", max_length=500)]


class ReviewParameters(BaseModel):
    """Where a reviewing capability looks."""

    model_config = ConfigDict(extra="forbid")

    paths: list[RelativePath] = Field(
        default_factory=list,
        max_length=100,
        description="Files or folders to look at, relative to the project's root; the whole project when empty.",
    )


@dataclass(frozen=True)
class Tool:
    """A tool by its distribution's name, and its home page."""

    name: str
    uri: str


@dataclass
class Review:
    """What tools saw: their findings, how many files they read, and sentences about what they could not look at."""

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    unseen: list[str] = field(default_factory=list)


def targets(workspace: Any, paths: list[str]) -> list[str]:
    """`paths` as arguments that no tool takes for options. Raises InvalidParametersError where one does not exist."""
    for path in paths:
        if not (workspace.path / path).exists():
            raise InvalidParametersError(f"The path {path!r} is not in the project at this commit; check `paths`.")
    return [f"./{path}" for path in paths] or ["."]


def files_under(workspace: Any, paths: list[str], *suffixes: str) -> list[str]:
    """The project's files with one of `suffixes` (any, where none is given) that lie under `paths`."""
    folders = [path.removeprefix("./").rstrip("/") for path in paths]
    wanted = [folder for folder in folders if folder not in ("", ".")]
    files: list[str] = workspace.files(*suffixes)
    if len(wanted) < len(folders) or not folders:
        return files
    return [file for file in files if any(file == folder or file.startswith(f"{folder}/") for folder in wanted)]


def source_line(workspace: Any, path: str, line: int | None) -> str:
    """The text of a line, trimmed, as the snippet by which a finding is known again."""
    text: str = workspace.line(path, line) if path and line else ""
    return text.strip()[:SNIPPET]


def conclude(review: Review, tool: Tool, context: Context) -> Result:
    """Fail for any error or warning; else inconclusive where something was not looked at; else pass. Keeps SARIF."""
    findings = fingerprinted(sorted(review.findings, key=lambda item: (item.path, item.line or 0, item.rule)))
    sarif = write_sarif(findings, tool=tool.name, version=version(tool.name), uri=tool.uri)
    context.artifact("results.sarif", sarif, MEDIA_TYPE)
    unseen = review.unseen or ([] if review.files else [f"{tool.name} looked at no file"])
    severities = Counter(finding.severity for finding in findings)
    metrics: dict[str, int | float] = {"findings": len(findings), "files": review.files}
    metrics |= {f"{severity}s": severities[severity] for severity in ("error", "warning", "note")}
    return Result(
        verdict=judge(findings, unseen),
        summary="; ".join([told(findings, review.files), *unseen]),
        metrics=metrics,
        findings=findings,
    )


def judge(findings: list[Finding], unseen: list[str]) -> Verdict:
    """The verdict on findings, given sentences about what was not looked at; notes alone do not fail."""
    if any(finding.severity in ("error", "warning") for finding in findings):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if unseen else Verdict.PASS


def told(findings: list[Finding], files: int) -> str:
    """Such as `12 findings in 34 files: 2 errors, 10 warnings`."""
    severities = Counter(finding.severity for finding in findings)
    parts = [counted(severities[name], name) for name in ("error", "warning", "note") if severities[name]]
    head = f"{counted(len(findings), 'finding')} in {counted(files, 'file')}"
    return f"{head}: {', '.join(parts)}" if parts else head


def counted(number: int, noun: str) -> str:
    """Such as `1 file` or `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def crashed(tool: str, done: Any) -> CapabilityError:
    """The error for a tool that ended in a way that it does not document, with its own last line."""
    lines = [line.strip() for line in (done.error_text or done.text).splitlines() if line.strip()]
    return CapabilityError(
        f"{tool} ended with exit code {done.returncode}: {lines[-1][:500] if lines else 'no output'}"
    )
