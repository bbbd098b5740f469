"""Why an operation waits, and what to do about it, in sentences."""

from callboard.shapes import AgentProjectOperation

_WAITS = {
    "no_worker_for_capability": "no live worker offers {capability}; start one (`callboard up` does)",
    "queue_busy": "the workers that offer {capability} are busy; it starts when one is free",
    "scheduled": "it is due at {run_at}",
    "retry_backoff": "try {tries} failed; the next one is due at {run_at}",
}


def told(operation: AgentProjectOperation) -> str:
    """The sentence for the operation's wait_reason; empty where it does not wait."""
    if operation.wait_reason is None:
        return ""
    sentence = _WAITS.get(operation.wait_reason, operation.wait_reason.replace("_", " "))
    run_at = operation.run_at.astimezone().strftime("%H:%M:%S")
    return sentence.format(capability=operation.capability, run_at=run_at, tries=operation.tries)
