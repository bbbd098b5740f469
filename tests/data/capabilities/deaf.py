"""Never looks whether it should stop."""

import threading

from callboard.capabilities import capability


@capability("deaf")
def deaf(workspace, parameters, context):
    """Blocks in Python for ten minutes."""
    threading.Event().wait(600)
