"""Live viewers over WebSocket: slow ones, cut ones, and a storm of those who come back."""

import asyncio
import json
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import redis
import websockets
from websockets.sync import client as blocking

from faults.registry import fault
from faults.template import PROJECTS
from faults.trial import Trial

PROJECT = PROJECTS[0]
CUT_SECONDS = 30.0
STORM_SECONDS = 60.0
FRAME = json.dumps({"type": "progress", "project_id": PROJECT, "payload": {"text": "x" * 4000}})


@dataclass
class Viewer:
    """One client of /live that comes back with the last number that it has, until it is told to stop."""

    url: str
    key: str
    since: int
    numbers: list[int] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Reads frames until `over`; a broken connection is opened again."""
        while not self.over.is_set():
            last = self.numbers[-1] if self.numbers else self.since
            address = f"{self.url.replace('http', 'ws', 1)}/api/v1/live?project_id={PROJECT}&since={last}"
            try:
                with blocking.connect(address, additional_headers=bearer(self.key), open_timeout=5, proxy=None) as live:
                    self.connections += 1
                    self._read(live)
            except (OSError, TimeoutError, websockets.WebSocketException):
                time.sleep(random.uniform(0.1, 0.5))

    def _read(self, live: Any) -> None:
        while not self.over.is_set():
            try:
                frame = json.loads(live.recv(timeout=0.5))
            except TimeoutError:
                continue
            if "sent" in frame.get("payload", {}):
                self.lags.append(time.time() - frame["payload"]["sent"])
            if "seq" in frame:
                self.numbers.append(frame["seq"])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def head(trial: Trial) -> int:
    return int(trial.servers.query("SELECT seq FROM project_heads WHERE project_id = %s", PROJECT)[0][0])


def metric(trial: Trial, name: str) -> float:
    text = httpx.get(f"{trial.stack.url}/metrics", trust_env=False, timeout=10).text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")))


@fault(
    "F26",
    "the live process is killed, and a pub/sub message lost",
    means="SIGKILL to the web process under load, then resets of its Redis connection; 5 viewers come back by number.",
    through=("valkey",),
)
def live_process_killed(trial: Trial) -> None:
    since = head(trial)
    viewers = [Viewer(trial.stack.url, trial.stack.key, since) for _ in range(5)]
    threads = [threading.Thread(target=viewer.watch) for viewer in viewers]
    for thread in threads:
        thread.start()
    with trial.load(pause=0.2) as load:
        load.until_accepted(0.3)
        trial.stack.web.kill()
        trial.stack.web.start()
        load.until_accepted(0.6)
        for _ in range(6):
            trial.stack.proxies["valkey"].reset()
            time.sleep(0.5)
        trial.over("the last lost message")
    trial.settle()
    deadline = time.monotonic() + 20
    while any(not v.numbers or v.numbers[-1] < head(trial) for v in viewers) and time.monotonic() < deadline:
        time.sleep(0.2)
    for viewer in viewers:
        viewer.over.set()
    for thread in threads:
        thread.join()
    expected = list(range(since + 1, head(trial) + 1))
    wrong = [viewer for viewer in viewers if viewer.numbers != expected]
    trial.require(not wrong, f"{len(wrong)} of 5 viewers saw a gap or a repetition")
    trial.notes.append(f"5 viewers saw {len(expected)} events each, over {viewers[0].connections} connections")


@fault(
    "F25",
    "a viewer that does not read",
    means="A WebSocket with a receive buffer of 4 KB that never reads, while progress in plenty comes.",
)
def slow_viewer(trial: Trial) -> None:
    slow = _mute(trial)
    healthy = Viewer(trial.stack.url, trial.stack.key, head(trial))
    watching = threading.Thread(target=healthy.watch)
    watching.start()
    began = time.monotonic()
    with trial.load(pause=0.2), redis.Redis.from_url(f"{trial.servers.valkey_url}/0") as client:
        while metric(trial, "callboard_viewers_cut_total") < 1:
            trial.require(time.monotonic() - began < CUT_SECONDS, "a viewer that does not read was not cut in time")
            for _ in range(50):
                client.publish(f"callboard:project:{PROJECT}", FRAME)
                time.sleep(0.002)
            probe = {"type": "progress", "project_id": PROJECT, "payload": {"sent": time.time()}}
            client.publish(f"callboard:project:{PROJECT}", json.dumps(probe))
        cut = time.monotonic() - began
        trial.over("the slow viewer was cut")
    slow.close()
    healthy.over.set()
    watching.join()
    lag = max(healthy.lags, default=0.0)
    trial.notes.append(
        f"the slow viewer was cut after {cut:.1f} s; another one's frames came {lag * 1000:.0f} ms late at most"
    )
    trial.require(bool(healthy.lags), "the healthy viewer saw nothing")


def _mute(trial: Trial) -> socket.socket:
    """An accepted WebSocket of which nothing more is read."""
    port = int(trial.stack.url.rpartition(":")[2])
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect(("127.0.0.1", port))
    lines = (
        f"GET /api/v1/live?project_id={PROJECT} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {trial.stack.key}",
    )
    own.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = own.recv(64)
    trial.require(answer.startswith(b"HTTP/1.1 101"), f"the viewer was refused: {answer!r}")
    return own


@fault(
    "F27",
    "a storm of reconnecting viewers",
    means="Ten viewers an operation (at most 10,000) lose the killed web process and come back at once, with jitter.",
)
def storm(trial: Trial) -> None:
    count = min(10_000, 10 * trial.operations)
    trial.notes.append(f"{count} viewers")
    trial.log.write(note=f"{count} viewers")
    asyncio.run(asyncio.wait_for(_storm(trial, count), 4 * STORM_SECONDS))


async def _storm(trial: Trial, count: int) -> None:
    seen: dict[int, int] = {}
    stop = asyncio.Event()
    watching = [asyncio.create_task(_stay(trial, number, seen, stop)) for number in range(count)]
    await _all_see(trial, seen, count)
    seen.clear()
    trial.stack.web.kill()
    trial.stack.web.start()
    trial.over("the web process starts again")
    began = time.monotonic()
    loading = asyncio.create_task(asyncio.to_thread(_loaded, trial))
    await _all_see(trial, seen, count)
    settled = time.monotonic() - began
    await loading
    stop.set()
    await asyncio.gather(*watching)
    trial.notes.append(f"all were back after {settled:.1f} s")
    trial.require(settled <= STORM_SECONDS, f"the storm settled only after {settled:.0f} s")


def _loaded(trial: Trial) -> None:
    with trial.load():
        pass


async def _all_see(trial: Trial, seen: dict[int, int], count: int) -> None:
    async with asyncio.timeout(2 * STORM_SECONDS):
        while len(seen) < count:
            await asyncio.sleep(0.1)


async def _stay(trial: Trial, number: int, seen: dict[int, int], stop: asyncio.Event) -> None:
    address = f"{trial.stack.url.replace('http', 'ws', 1)}/api/v1/live"
    chance = random.Random(number)
    # An address of its own for every thousand, so that ports do not run out.
    local = (f"127.0.0.{2 + number // 1000}", 0)
    headers = bearer(trial.stack.key)
    while not stop.is_set():
        try:
            async with websockets.connect(
                address, additional_headers=headers, local_addr=local, compression=None, open_timeout=30, proxy=None
            ) as live:
                await live.recv()
                seen[number] = 1
                stopping = asyncio.create_task(stop.wait())
                closing = asyncio.create_task(live.wait_closed())
                await asyncio.wait({stopping, closing}, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
        except (OSError, TimeoutError, websockets.WebSocketException):
            await asyncio.sleep(chance.uniform(0.5, 5))
