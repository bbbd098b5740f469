"""What `callboard up` needs to know of a process that it starts."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A process to keep running; `folder` is its own working folder, by which a leftover of it is recognised."""

    name: str
    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str] = field(repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    uid: int | None = None
