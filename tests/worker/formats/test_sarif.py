"""Tests of SARIF, written and read."""

import json
from pathlib import Path

import pytest

from callboard.errors import CapabilityError
from callboard.findings import Excerpt, Finding, fingerprinted
from worker.formats.sarif import Tool, read_sarif, write_sarif

RUFF = Tool("ruff", "1.0", "https://docs.astral.sh/ruff/")
FINDINGS = fingerprinted(
    [
        Finding(
            rule="F401",
            message="unused",
            path="a b/ü.py",
            line=3,
            column=8,
            end_line=3,
            end_column=10,
            snippet="import os",
            help_uri="https://e.org/f",
        ),
        Finding(rule="secret", message="a secret", severity="error", path="x.js", line=1),
        Finding(rule="N1", message="in all files", severity="note"),
    ]
)
ROOT = Path("/srv/shop")


def log(**result) -> bytes:
    """A SARIF log with one result."""
    run = {
        "tool": {"driver": {"name": "t", "rules": [{"id": "R1", "defaultConfiguration": {"level": "error"}}]}},
        "results": [{"message": {"text": "m"}, "ruleId": "R1"} | result],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def located(uri: str) -> bytes:
    return log(locations=[{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 2}}}])


def test_what_is_written_reads_back_the_same() -> None:
    read = fingerprinted(read_sarif(write_sarif([(RUFF, FINDINGS)]).encode(), ROOT))
    assert read == FINDINGS


def test_results_name_their_rule_by_place_and_carry_our_fingerprint() -> None:
    [run] = json.loads(write_sarif([(RUFF, FINDINGS)]))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["F401", "secret", "N1"]
    assert [result["partialFingerprints"]["callboard/v1"] for result in run["results"]] == [
        finding.fingerprint for finding in FINDINGS
    ]


def test_the_lines_around_are_the_context_region() -> None:
    around = FINDINGS[0].model_copy(update={"excerpt": Excerpt(start=2, lines=("", "import os", "x"))})
    [run] = json.loads(write_sarif([(RUFF, [around])]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["contextRegion"] == {"startLine": 2, "endLine": 4, "snippet": {"text": "\nimport os\nx"}}
    known = {"startLine": 3, "startColumn": 8, "endLine": 3, "endColumn": 10}
    assert place["region"] == known | {"snippet": {"text": "import os"}}


def test_paths_are_percent_encoded_relative_uris() -> None:
    [run] = json.loads(write_sarif([(RUFF, FINDINGS[:1])]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "a%20b/%C3%BC.py", "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a.js", "src/a.js"),
        ("file:///srv/shop/src/a.js", "src/a.js"),
        ("a%20b/%C3%BC.js", "a b/ü.js"),
        ("../../etc/passwd", ""),
        ("%2e%2e/%2e%2e/etc/passwd", ""),
        ("file:///etc/passwd", ""),
        ("https://e.org/a.js", ""),
    ],
)
def test_only_places_in_the_project_are_read(uri: str, path: str) -> None:
    assert [finding.path for finding in read_sarif(located(uri), ROOT)] == [path]


def test_the_rule_s_own_level_is_the_default() -> None:
    assert [finding.severity for finding in read_sarif(log(), ROOT)] == ["error"]
    assert [finding.severity for finding in read_sarif(log(level="none"), ROOT)] == ["note"]
    assert [finding.severity for finding in read_sarif(log(ruleId="other"), ROOT)] == ["warning"]


@pytest.mark.parametrize(
    "result", [{"kind": "pass"}, {"baselineState": "absent"}, {"suppressions": [{"kind": "inSource"}]}]
)
def test_what_is_suppressed_or_no_failure_is_left_out(result: dict) -> None:
    assert read_sarif(log(**result), ROOT) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the document: Invalid JSON"),
        (b"{}", "version: Field required"),
        (b'{"version": "1.0"}', "version"),
        (b'{"version": "2.1.0", "runs": [{}]}', "runs.0.tool"),
        (b"[" * 100_000, "Invalid JSON"),
    ],
)
def test_what_is_no_sarif_is_refused_by_place(data: bytes, told: str) -> None:
    with pytest.raises(CapabilityError, match=told):
        read_sarif(data, ROOT)


def test_a_finding_of_a_whole_file_has_its_path_and_no_line() -> None:
    whole = Finding(rule="W1", message="empty", severity="note", path="x.py")
    [run] = json.loads(write_sarif([(RUFF, fingerprinted([whole]))]))["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"].keys() == {"artifactLocation"}
