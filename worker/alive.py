"""`python -m worker.alive`: whether this host's worker beats; a container's health check asks so."""

import socket
import sys

from callboard import catalogue
from callboard.db import transaction
from callboard.errors import CallboardError


def why_not(name: str) -> str | None:
    """None while the worker of this name is online and was seen lately, else a sentence that says what is wrong."""
    try:
        with transaction() as session:
            alive = {worker.name for worker in catalogue.workers(session)}
    except CallboardError as error:
        return str(error)
    if name in alive:
        return None
    return f"The worker {name} was not seen in the last {catalogue.ALIVE_SECONDS} seconds, or it is leaving"


if __name__ == "__main__":
    sys.exit(why_not(f"callboard@{socket.gethostname()}"))
