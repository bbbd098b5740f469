"""The `callboard up` that runs on this machine, as far as a drill may damage it: its worker and its Valkey."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis

from callboard.errors import StartError
from cli.api import connection
from cli.stack import leftovers


@dataclass(frozen=True)
class LocalStack:
    """A running `up` with a worker and a Valkey of its own, known by the folders that they work in."""

    folder: Path
    valkey_url: str

    def kill_worker(self) -> int:
        """Kills the worker with all its processes at once, and answers how many they were."""
        found = leftovers.find(self.folder / "worker")
        for process in found:
            leftovers.kill(process)
        return len(found)

    def wipe_valkey(self) -> None:
        """Empties the broker and the live frames' channel."""
        with redis.Redis.from_url(self.valkey_url, socket_timeout=5) as client:
            client.flushall()


def find() -> LocalStack:
    """The stack of the nearest `up`. Raises StartError where anything of it is not its own, or is elsewhere."""
    folder = connection.data_folder()
    if folder is None or not leftovers.find(folder.resolve() / "worker"):
        raise StartError("no `callboard up` runs here: the drill kills and wipes, so it works on a local one alone")
    settings = connection.written(folder)
    if connection.find().url != settings.get("CALLBOARD_URL"):
        raise StartError(
            f"CALLBOARD_URL is not that of the `up` on {folder}; unset it, or go to the other one's folder"
        )
    place = urlsplit(settings["CALLBOARD_BROKER_URL"])
    listening = [each for each in leftovers.find(folder.resolve() / "valkey") if leftovers.listens(each, place.port)]
    if not listening or urlsplit(settings["CALLBOARD_REDIS_URL"]).port != place.port:
        raise StartError(
            f"the broker of the `up` on {folder} is not its embedded Valkey, so the drill will not wipe it"
        )
    return LocalStack(folder.resolve(), settings["CALLBOARD_BROKER_URL"])
