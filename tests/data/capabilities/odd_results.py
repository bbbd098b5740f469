"""Answers what cannot be kept, or not whole."""

from typing import Literal

from pydantic import BaseModel

from callboard.capabilities import Result, capability
from callboard.findings import Finding

BAD = {"nan": float("nan"), "nul": "a\x00b", "surrogate": "\ud800"}


class Bad(BaseModel):
    kind: Literal["nan", "nul", "surrogate"]


class Huge(BaseModel):
    findings: int = 5000


@capability("bad_result", parameters=Bad)
def bad_result(workspace, parameters, context):
    """Answers a value that JSON or PostgreSQL cannot hold."""
    return Result(details={"value": BAD[parameters.kind]})


@capability("huge_result", parameters=Huge)
def huge_result(workspace, parameters, context):
    """Answers many long findings."""
    findings = [Finding(rule="R1", message="long " * 30, line=n, fingerprint=str(n)) for n in range(parameters.findings)]
    return Result(verdict="fail", summary="many", metrics={"findings": len(findings)}, findings=findings)
