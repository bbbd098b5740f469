"""SARIF 2.1.0: written from findings, and read into findings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from callboard.errors import CapabilityError
from callboard.findings import Finding, Severity
from worker.confined import project_path

MEDIA_TYPE = "application/sarif+json"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "callboard/v1"


@dataclass(frozen=True)
class Tool:
    """A tool by the name of its distribution, its version and its home page."""

    name: str
    version: str
    uri: str


def write_sarif(runs: Iterable[tuple[Tool, list[Finding]]]) -> str:
    """One SARIF run for each tool's findings, with relative artifact URIs and our fingerprints."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(*run) for run in runs]}, indent=1)


def _run(tool: Tool, findings: list[Finding]) -> dict[str, Any]:
    rules: dict[str, str | None] = {}
    for finding in findings:
        rules[finding.rule] = rules.get(finding.rule) or finding.help_uri
    positions = {rule: position for position, rule in enumerate(rules)}
    driver = {
        "name": tool.name,
        "version": tool.version,
        "informationUri": tool.uri,
        "rules": [{"id": rule} | ({"helpUri": link} if link else {}) for rule, link in rules.items()],
    }
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, positions[finding.rule]) for finding in findings],
    }


def _result(finding: Finding, position: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": position,
        "level": finding.severity,
        "message": {"text": finding.message or finding.rule},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
    }
    if finding.path:
        uri = quote(finding.path)
        place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
        if finding.line:
            place |= _regions(finding)
        result["locations"] = [{"physicalLocation": place}]
    return result


def _regions(finding: Finding) -> dict[str, Any]:
    told = {"startColumn": finding.column, "endLine": finding.end_line, "endColumn": finding.end_column}
    known = {name: number for name, number in told.items() if number}
    regions: dict[str, Any] = {"region": {"startLine": finding.line, "snippet": {"text": finding.snippet}} | known}
    if excerpt := finding.excerpt:
        text = "\n".join(excerpt.lines)
        last = excerpt.start + len(excerpt.lines) - 1
        regions["contextRegion"] = {"startLine": excerpt.start, "endLine": last, "snippet": {"text": text}}
    return regions


def read_sarif(data: bytes, root: Path) -> list[Finding]:
    """The findings of a SARIF log written by a tool that ran in `root`, fingerprints left for us to make.

    Suppressed results and those that are no failure are left out. Raises CapabilityError where `data` is no SARIF.
    """
    try:
        log = _Log.model_validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the document"
        raise CapabilityError(f"The output is not SARIF 2.1.0: {place}: {problem['msg']}") from error
    return [_finding(result, run, root) for run in log.runs for result in run.results if result.counts]


def _finding(result: "_Result", run: "_Run", root: Path) -> Finding:
    rules = run.tool.driver.rules
    place = result.locations[0].physical_location if result.locations else _Physical()
    position = result.rule_index if 0 <= result.rule_index < len(rules) else None
    by_id = {rule.id: rule for rule in rules}
    rule = by_id.get(result.rule_id) or (rules[position] if position is not None else _Rule())
    level = result.level or rule.default_configuration.level
    severity: Severity = "note" if level == "none" else level
    return Finding(
        rule=result.rule_id or rule.id or run.tool.driver.name,
        message=result.message.text or result.message.markdown or result.rule_id,
        severity=severity,
        path=_path(place.artifact_location.uri, root),
        line=place.region.start_line,
        column=place.region.start_column,
        end_line=place.region.end_line,
        end_column=place.region.end_column,
        snippet=place.region.snippet.text.strip()[:200],
        help_uri=rule.help_uri,
    )


def _path(uri: str, root: Path) -> str:
    parts = urlsplit(uri)
    if parts.scheme not in ("", "file") or not parts.path:
        return ""
    return project_path(unquote(parts.path), root)


class _Sarif(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Text(_Sarif):
    text: str = ""
    markdown: str = ""


class _Region(_Sarif):
    start_line: int | None = Field(None, ge=1)
    start_column: int | None = Field(None, ge=1)
    end_line: int | None = Field(None, ge=1)
    end_column: int | None = Field(None, ge=1)
    snippet: _Text = _Text()


class _Artifact(_Sarif):
    uri: str = ""


class _Physical(_Sarif):
    artifact_location: _Artifact = _Artifact()
    region: _Region = _Region()


class _Location(_Sarif):
    physical_location: _Physical = _Physical()


class _Suppression(_Sarif):
    status: str = "accepted"


Level = Literal["none", "note", "warning", "error"]


class _Configuration(_Sarif):
    level: Level = "warning"


class _Rule(_Sarif):
    id: str = ""
    help_uri: str | None = None
    default_configuration: _Configuration = _Configuration()


class _Driver(_Sarif):
    name: str
    rules: list[_Rule] = []


class _Tool(_Sarif):
    driver: _Driver


class _Result(_Sarif):
    message: _Text
    rule_id: str = ""
    rule_index: int = -1
    kind: str = "fail"
    level: Level | None = None
    baseline_state: str = "new"
    locations: list[_Location] = []
    suppressions: list[_Suppression] = []

    @property
    def counts(self) -> bool:
        accepted = any(suppression.status == "accepted" for suppression in self.suppressions)
        return self.kind in ("fail", "open", "review") and self.baseline_state != "absent" and not accepted


class _Run(_Sarif):
    tool: _Tool
    results: list[_Result] = []


class _Log(_Sarif):
    version: Literal["2.1.0"]
    runs: list[_Run]
