"""What a handler may touch beside its workspace: agent, progress, log, artifacts and the cancel flag."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class WorkingAgent:
    """The agent in whose name a handler works."""

    id: str
    name: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifact:
    """A file that an operation leaves behind."""

    name: str
    content: bytes
    media_type: str


@dataclass
class Context:
    """One attempt as its handler sees it; `operation_id` and `attempt` make outside effects idempotent."""

    operation_id: str
    attempt: int
    project_id: str
    agent: WorkingAgent
    log: logging.Logger
    capability: str = ""
    policy: dict[str, Any] = field(default_factory=dict)
    report: Progress = lambda done, total, text: None
    stop: threading.Event = field(default_factory=threading.Event)
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    @property
    def cancelled(self) -> bool:
        """Whether this attempt should stop: cancelled, timed out, or no longer the current one."""
        return self.stop.is_set()

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Tells viewers how far the work is; rate-limited, never stored."""
        self.report(done, total, text)

    def artifact(self, name: str, content: bytes | str | Path, media_type: str = "application/octet-stream") -> None:
        """Keeps a file with the operation; a later one of the same name takes its place."""
        if isinstance(content, Path):
            content = content.read_bytes()
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.artifacts[name] = Artifact(name, data, media_type)
