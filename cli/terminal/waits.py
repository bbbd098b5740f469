"""Why an operation waits, and what to do about it, in sentences."""

from callboard.shapes import AgentProjectOperation

_WAITS = {
    "no_worker_for_capability": "no live worker offers {capability}; start one (`callboard up` does)",
    "queue_busy": "the workers that offer {capability} are busy; it starts when one is free",
    "scheduled": "it is due at {run_at}",
    "retry_backoff": "try {tries} failed; the next one is due at {run_at}",
    "paused": "project {project} is paused; set its status to active to go on",
    "limit": "as many run as its project, agent or capability may (max_running)",
    "broker_down": "the broker does not answer the workers; `callboard doctor` tells more",
}


def told(operation: AgentProjectOperation) -> str:
    """The sentence for the operation's wait_reason, the server's own where it gave one; empty where none waits."""
    if operation.wait_reason is None:
        return ""
    if operation.wait_detail:
        return operation.wait_detail[0].lower() + operation.wait_detail[1:].removesuffix(".")
    sentence = _WAITS.get(operation.wait_reason, operation.wait_reason.replace("_", " "))
    run_at = operation.run_at.astimezone().strftime("%H:%M:%S")
    return sentence.format(
        capability=operation.capability, project=operation.project_id, run_at=run_at, tries=operation.tries
    )
