"""Turns what a handler answered into what PostgreSQL can keep: cut to size, with nothing that JSON cannot hold."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from callboard.artifacts import NewArtifact
from callboard.attempts import Outcome
from callboard.errors import InvalidResultError
from callboard.lifecycle import Verdict
from worker.context import Artifact

FIRST_FINDINGS = 100
FINGERPRINTS = 20_000
NUL = re.compile(r"\\(?<!\\\\)(?:\\\\)*u0000")
"""U+0000 as JSON writes it, and not a backslash that a text holds; it starts with a literal, which is found at once."""


def outcome(
    result: Mapping[str, Any], artifacts: Iterable[Artifact], *, result_bytes: int, artifact_bytes: int
) -> Outcome:
    """The result with its first findings, fingerprints and files. Raises InvalidResultError in a sentence.

    A result above `result_bytes` is cut, says `truncated: true`, and is kept whole as the artifact result.json.
    """
    kept = {name: value for name, value in result.items() if name != "verdict"}
    whole = _encoded(kept)
    findings = kept.get("findings", [])
    files = [fitting(artifact, artifact_bytes) for artifact in artifacts]
    kept["findings"] = findings[:FIRST_FINDINGS]
    kept["truncated"] = len(findings) > FIRST_FINDINGS
    if len(_encoded(kept)) > result_bytes:
        kept |= {"findings": [{**finding, "excerpt": None} for finding in kept["findings"]], "truncated": True}
    if len(_encoded(kept)) > result_bytes:
        kept |= {"findings": [], "details": {}, "summary": str(kept.get("summary", ""))[:1000], "truncated": True}
    if len(_encoded(kept)) > result_bytes:
        kept["metrics"] = {}
    if kept["truncated"]:
        files.append(fitting(Artifact("result.json", whole, "application/json"), artifact_bytes))
    verdict = Verdict(result["verdict"]) if result.get("verdict") else None
    fingerprints = [finding["fingerprint"] for finding in findings[:FINGERPRINTS] if finding.get("fingerprint")]
    return Outcome(verdict, kept, fingerprints, files, findings)


def fitting(artifact: Artifact, longest: int) -> NewArtifact:
    """The file as it is kept: at most `longest` bytes, a longer one named `.cut`."""
    name = artifact.name if len(artifact.content) <= longest else f"{artifact.name}.cut"
    return NewArtifact(name, artifact.content[:longest], artifact.media_type)


def _encoded(result: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(result, allow_nan=False, ensure_ascii=False)
        encoded = text.encode()
    except (TypeError, ValueError) as error:
        raise InvalidResultError(f"The result is not JSON that can be kept: {error}") from error
    if NUL.search(text):
        raise InvalidResultError("The result holds the character U+0000, which PostgreSQL cannot keep; remove it")
    return encoded
