"""Which findings of an operation were not there the time before."""

from callboard.shapes import AgentProjectOperation
from cli.api.client import Client, parsed
from cli.terminal import show

_LOOKED_AT = 10


def fingerprints(api: Client, operation: AgentProjectOperation) -> set[str]:
    """The fingerprints of what is new, as far as results hold their findings; empty where nothing was compared."""
    delta = show.result_of(operation).get("delta")
    if not delta or not delta["new"]:
        return set()
    found = _found(operation)
    return found - _found(_before(api, operation)) if delta["known"] else found


def _before(api: Client, operation: AgentProjectOperation) -> AgentProjectOperation | None:
    same = {"project_id": operation.project_id, "capability": operation.capability, "status": "completed"}
    listed = (parsed(item) for item in api.items("operations", limit=_LOOKED_AT, **same))
    return next((other for other in listed if other.id < operation.id), None)


def _found(operation: AgentProjectOperation | None) -> set[str]:
    findings = show.result_of(operation).get("findings", ()) if operation else ()
    return {finding["fingerprint"] for finding in findings if finding.get("fingerprint")}
