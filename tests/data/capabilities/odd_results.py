"""Answers what cannot be kept, or not whole."""

from typing import Literal

from pydantic import BaseModel

from callboard.capabilities import Result, Retry, capability
from callboard.errors import CapabilityError
from callboard.findings import Finding

BAD = {"nan": float("nan"), "nul": "a\x00b", "surrogate": "\ud800"}


class Bad(BaseModel):
    kind: Literal["nan", "nul", "surrogate"]


class Vast(BaseModel):
    megabytes: int = 100


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


@capability("vast_result", parameters=Vast)
def vast_result(workspace, parameters, context):
    """Answers so many megabytes of text."""
    return Result(verdict="pass", details={"text": "x" * (parameters.megabytes * 1_000_000)})


@capability("bad_error", parameters=Bad, retry=Retry(tries=1))
def bad_error(workspace, parameters, context):
    """Fails with a value that JSON or PostgreSQL cannot hold, in its message and in its log."""
    context.log.warning("before: %s", BAD[parameters.kind])
    raise CapabilityError(f"it went wrong: {BAD[parameters.kind]}")
