"""A finding, and its fingerprint: the same defect keeps its name when the lines around it move."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning", "note"]


class Excerpt(BaseModel):
    """Source lines around a finding; `start` is the number of the first."""

    model_config = ConfigDict(frozen=True)

    start: int
    lines: tuple[str, ...]


class Finding(BaseModel):
    """One problem at one place; severities are SARIF's levels, lines and columns count from 1.

    `end_column` is the first one behind it, as in SARIF. The line of a `secret` is shown to nobody.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    message: str
    severity: Severity = "warning"
    path: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    snippet: str = ""
    excerpt: Excerpt | None = None
    help_uri: str | None = None
    fingerprint: str = ""
    secret: bool = Field(False, exclude=True)


class Delta(BaseModel):
    """How a list of findings differs from the one before it."""

    new: int
    fixed: int
    known: int


def fingerprinted(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each with a fingerprint of rule, path, the line's own text and its place among equals.

    Line numbers do not count, so a finding that moved stays known.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    named = []
    for finding in findings:
        text = " ".join((finding.snippet or finding.message).split())
        key = (finding.rule, finding.path, text)
        digest = hashlib.sha256("\x1f".join((*key, str(seen[key]))).encode("utf-8", "replace")).hexdigest()[:16]
        seen[key] += 1
        named.append(finding.model_copy(update={"fingerprint": digest}))
    return named


def placed(findings: Iterable[Mapping[str, Any]], before: Collection[str]) -> list[dict[str, Any]]:
    """Findings as JSON, each that has a fingerprint with its `state` since `before`: `new` or `known`."""
    found = []
    for finding in findings:
        fingerprint = finding.get("fingerprint")
        state = {"state": "known" if fingerprint in before else "new"} if fingerprint else {}
        found.append({**finding, **state})
    return found


def delta(now: Iterable[str], before: Iterable[str]) -> Delta:
    """Counts by fingerprint what is new, fixed and known since `before`."""
    current, previous = set(now), set(before)
    return Delta(new=len(current - previous), fixed=len(previous - current), known=len(current & previous))
