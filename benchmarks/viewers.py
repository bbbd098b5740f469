"""Many viewers of one web process: the memory that each costs, and what one that does not read does to the others."""

import asyncio
import json
import resource
import socket
import statistics
import time
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Any

import psutil
import redis
import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from callboard.settings import current

AT_ONCE = 50
HEALTHY = 20
FRAMES = 400
PAUSE_SECONDS = 0.01
SETTLE_SECONDS = 8.0
"""Longer than from one heads to the next, so that every viewer has been told something."""


@dataclass(frozen=True)
class Measured:
    """The memory of the web process for each viewer, and how much later others are told because of one that is deaf."""

    kilobytes: float
    delay_ms: float


def measure(url: str, key: str, project_id: str, count: int) -> Measured:
    """Connects so many viewers, as browsers do, then a few beside one that reads nothing."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, max(limit, count + 200)), most))
    crowd = Crowd(url, key, project_id)
    return Measured(asyncio.run(crowd.kilobytes_each(count)), asyncio.run(crowd.delay_ms()))


@dataclass(frozen=True)
class Crowd:
    """Those who watch one project of one web process."""

    url: str
    key: str
    project_id: str

    async def kilobytes_each(self, count: int) -> float:
        """What the web process has grown by for each viewer, once all are connected and have been told the heads."""
        web = server_of(self.url)
        async with AsyncExitStack() as opened:
            await self._join(opened, AT_ONCE)
            await asyncio.sleep(SETTLE_SECONDS)
            before = web.memory_info().rss
            for _ in range(0, count, AT_ONCE):
                await self._join(opened, AT_ONCE)
            await asyncio.sleep(SETTLE_SECONDS)
            return (web.memory_info().rss - before) / count / 1024

    async def delay_ms(self) -> float:
        """By how many milliseconds frames came later, the latest or the slowest one in a hundred, whichever is more."""
        async with AsyncExitStack() as opened:
            healthy = await self._join(opened, HEALTHY)
            alone = await self._lags(healthy)
            with closing(await asyncio.to_thread(self._mute)):
                beside = await self._lags(healthy)
        return max(0.0, max(beside) - max(alone), late(beside) - late(alone))

    async def _join(self, opened: AsyncExitStack, count: int) -> list[Any]:
        return await asyncio.gather(*(opened.enter_async_context(self._viewer()) for _ in range(count)))

    def _viewer(self) -> websockets.connect:
        address = f"{self.url.replace('http', 'ws', 1)}/api/v1/live?project_id={self.project_id}"
        headers = {"Authorization": f"Bearer {self.key}"}
        # What Chromium offers; smaller windows would cost the server less than a browser does.
        offers = [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
        return websockets.connect(
            address, additional_headers=headers, extensions=offers, compression=None, open_timeout=60, proxy=None
        )

    async def _lags(self, viewers: list[Any]) -> list[float]:
        """Milliseconds from the publishing of each frame until each viewer has it."""
        reading = [asyncio.create_task(self._read(viewer)) for viewer in viewers]
        await asyncio.to_thread(self._publish)
        return [lag for lags in await asyncio.gather(*reading) for lag in lags]

    async def _read(self, viewer: Any) -> list[float]:
        lags: list[float] = []
        while len(lags) < FRAMES:
            payload = json.loads(await asyncio.wait_for(viewer.recv(), 60)).get("payload", {})
            if "sent" in payload:
                lags.append((time.time() - payload["sent"]) * 1000)
        return lags

    def _publish(self) -> None:
        with redis.Redis.from_url(current().redis_url) as client:
            for _ in range(FRAMES):
                payload = {"sent": time.time(), "text": "x" * 4000}
                frame = {"type": "progress", "project_id": self.project_id, "payload": payload}
                client.publish(f"callboard:project:{self.project_id}", json.dumps(frame))
                time.sleep(PAUSE_SECONDS)

    def _mute(self) -> socket.socket:
        """A viewer that is accepted, and then reads nothing."""
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.connect(("127.0.0.1", int(self.url.rpartition(":")[2])))
        lines = (
            f"GET /api/v1/live?project_id={self.project_id} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {self.key}",
        )
        own.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = own.recv(64)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise SystemExit(f"the viewer that does not read was refused: {answer!r}")
        return own


def late(lags: list[float]) -> float:
    return statistics.quantiles(lags, n=100, method="inclusive")[98]


def server_of(url: str) -> psutil.Process:
    """The process that listens there."""
    port = int(url.rpartition(":")[2])
    for process in psutil.Process().children():
        if any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in process.net_connections()):
            return process
    raise SystemExit(f"nothing of ours listens on port {port}")
