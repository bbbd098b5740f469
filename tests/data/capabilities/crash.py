"""Takes its own process down, whoever runs it."""

import os
import signal
from pathlib import Path

from pydantic import BaseModel

from callboard.capabilities import Retry, capability


class Parameters(BaseModel):
    starts: Path


@capability("crash", parameters=Parameters, retry=Retry(tries=3, delay=0.1))
def crash(workspace, parameters, context):
    """Notes its start in the file `starts`, then kills itself."""
    with parameters.starts.open("a") as file:
        file.write(f"{context.attempt}\n")
    os.kill(os.getpid(), signal.SIGKILL)
