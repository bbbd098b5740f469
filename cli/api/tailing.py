"""Every change of an operation in all projects, live by WebSocket; what a lost connection hid is read afterwards."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from callboard.errors import UnauthorizedError, UnavailableError
from callboard.shapes import AgentProjectOperation
from cli.api.client import Client, Json, credentials, is_remote, parsed

Joined = Callable[[], None]

_PATIENCE = (1, 2, 4, 8, 15)
_SETTLED_SECONDS = 30
_REFUSED = (401, 403)


def changes(api: Client, joined: Joined, project_id: str | None = None) -> Iterator[AgentProjectOperation]:
    """The changes from now on, each once and in order within its project, of all projects or of one.

    `joined` is called whenever the connection stands: what happens after it is told.
    Raises UnauthorizedError where the key is refused, and UnavailableError when the API stays away for half a minute.
    """
    heads: dict[str, int] = {}
    losses = 0
    while losses < len(_PATIENCE):
        began = time.monotonic()
        try:
            with _connected(api) as socket:
                yield from _heard(api, _told(socket, joined), heads, project_id)
        except (WebSocketException, OSError) as error:
            _give_up_where_refused(error)
        losses = 0 if time.monotonic() - began > _SETTLED_SECONDS else losses
        time.sleep(_PATIENCE[losses])
        losses += 1
    raise UnavailableError(f"{api.where.url} cannot be followed any more; `callboard doctor` looks for the cause")


def _connected(api: Client) -> ClientConnection:
    url = f"ws{api.where.url.removeprefix('http')}/api/v1/live"
    proxy: Any = True if is_remote(api.where) else None
    return connect(url, additional_headers=credentials(api.where), proxy=proxy, open_timeout=5, max_size=2**22)


def _told(socket: ClientConnection, joined: Joined) -> Iterator[Json]:
    for number, message in enumerate(socket):
        yield json.loads(message)
        if number == 0:
            joined()


def _heard(
    api: Client, frames: Iterator[Json], heads: dict[str, int], only: str | None
) -> Iterator[AgentProjectOperation]:
    for frame in frames:
        is_heads = frame["type"] == "heads"
        for each in _missed(api, frame["payload"], heads, only) if is_heads else [frame]:
            if _is_news(each, heads, only):
                yield parsed(each["payload"]["operation"])


def _missed(api: Client, told: dict[str, int], heads: dict[str, int], only: str | None) -> Iterator[Json]:
    """The frames between what was seen and what the API has; projects that were there at first start at their head."""
    is_first = not heads
    for project_id, head in told.items():
        if only in (None, project_id) and heads.setdefault(project_id, head if is_first else 0) < head:
            yield from _since(api, project_id, heads[project_id])


def _since(api: Client, project_id: str, seq: int | None) -> Iterator[Json]:
    while seq is not None:
        page = api.get("projects", project_id, "events", since=seq)
        yield from page["items"]
        seq = page["next"]


def _is_news(frame: Json, heads: dict[str, int], only: str | None) -> bool:
    """Whether the frame is an operation's change that was not told before; notes its number."""
    project_id, seq = frame.get("project_id", ""), frame.get("seq")
    if only not in (None, project_id) or seq is None or seq <= heads.get(project_id, 0):
        return False
    heads[project_id] = seq
    return bool(frame["type"] == "agent_operation")


def _give_up_where_refused(error: Exception) -> None:
    response = getattr(error, "response", None)
    if isinstance(error, InvalidHandshake) and response is not None and response.status_code in _REFUSED:
        raise UnauthorizedError("The API refuses this key; set CALLBOARD_API_KEY to a valid one") from error
