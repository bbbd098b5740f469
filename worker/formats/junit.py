"""Reads JUnit XML into test cases."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from callboard.errors import CapabilityError
from callboard.findings import Finding
from worker.formats.untrusted_xml import parse_xml

Outcome = Literal["passed", "failed", "error", "skipped"]
TAGS: dict[str, Outcome] = {"failure": "failed", "error": "error", "skipped": "skipped"}
MESSAGE = 500


@dataclass(frozen=True)
class Case:
    """One test case; `line` is as its writer counted it, `detail` the text of a failure."""

    name: str
    classname: str
    outcome: Outcome
    file: str = ""
    line: int | None = None
    message: str = ""
    detail: str = ""

    @property
    def id(self) -> str:
        """Its class and its name, by which the case is known again."""
        return f"{self.classname}.{self.name}" if self.classname else self.name


def read_junit(data: bytes) -> list[Case]:
    """The cases in document order. Raises CapabilityError where `data` is no JUnit XML."""
    root = parse_xml(data)
    if root.tag not in ("testsuites", "testsuite"):
        raise CapabilityError(f"The report is no JUnit XML: its root is <{root.tag[:80]}>, not <testsuites>.")
    return [_case(element) for element in root.iter("testcase")]


def _case(element: Element) -> Case:
    problem = next((child for tag in TAGS for child in element.iter(tag)), None)
    message = "" if problem is None else problem.get("message") or problem.text or ""
    line = element.get("line", "")
    return Case(
        name=element.get("name", ""),
        classname=element.get("classname", ""),
        outcome="passed" if problem is None else TAGS[problem.tag],
        file=element.get("file", ""),
        line=int(line) if line.isascii() and line.isdigit() and len(line) < 9 else None,
        message=next(iter(message.strip().splitlines()), "")[:MESSAGE],
        detail="" if problem is None else problem.text or "",
    )


def failures(cases: list[Case]) -> list[Finding]:
    """One finding for each case that failed or broke; the case's id, not its line, makes the fingerprint."""
    return [
        Finding(
            rule=f"test-{case.outcome}",
            message=f"{case.id}: {case.message or case.outcome}",
            severity="error",
            path=case.file,
            line=case.line or None,
            snippet=case.id[:MESSAGE],
        )
        for case in cases
        if case.outcome in ("failed", "error")
    ]


def tally(cases: list[Case]) -> dict[str, int | float]:
    """How many cases there are, in all and of each outcome, and in how many files."""
    outcomes = Counter(case.outcome for case in cases)
    return {
        "tests": len(cases),
        "passed": outcomes["passed"],
        "failed": outcomes["failed"],
        "errors": outcomes["error"],
        "skipped": outcomes["skipped"],
        "files": len({case.file or case.classname for case in cases}),
        "findings": outcomes["failed"] + outcomes["error"],
    }


def told_tests(cases: list[Case]) -> str:
    """Such as `1 of 20 tests failed` or `20 tests passed, 2 skipped`."""
    outcomes = Counter(case.outcome for case in cases)
    noun = "test" if len(cases) == 1 else "tests"
    if bad := outcomes["failed"] + outcomes["error"]:
        return f"{bad} of {len(cases)} {noun} failed"
    skipped = f", {outcomes['skipped']} skipped" if outcomes["skipped"] else ""
    return f"{outcomes['passed']} {'test' if outcomes['passed'] == 1 else 'tests'} passed{skipped}"
