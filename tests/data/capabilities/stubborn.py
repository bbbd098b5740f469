"""Looks at nothing and nobody while it waits."""

import threading

from callboard.capabilities import Retry, capability


@capability("stubborn", timeout=1, retry=Retry(tries=2, delay=0.1))
def stubborn(workspace, parameters, context):
    """Blocks in Python for longer than it may."""
    threading.Event().wait(600)
