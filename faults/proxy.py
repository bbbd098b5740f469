"""A small TCP proxy that stands between two parts and delays, holds, loses, resets or swallows what they say."""

import asyncio
import random
import socket
import struct
import threading
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_TICK = 0.02
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Link:
    """One client's connection and the one to the server behind it."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    deaf: bool = False

    def reset(self) -> None:
        for writer in self.writers:
            own = writer.get_extra_info("socket")
            if own is not None and own.fileno() >= 0:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Listens on `port`; what it does to connections may be changed from any thread at any time.

    `held` is a black hole, `delay` is seconds a chunk, `loss` the share of chunks that come late as a lost packet does,
    `trap` are bytes from a client after which the server's answer is swallowed and the connection reset.
    """

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.held = False
        self.refusing = False
        self.delay = 0.0
        self.loss = 0.0
        self.trap: bytes | None = None
        self.trap_chance = 1.0
        self.trapped = 0
        self._chance = random.Random(seed)
        self._links: set[_Link] = set()
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.port}", daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Every open connection breaks, with a TCP reset on both sides."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def half_close(self) -> None:
        """Every client hears the end of the stream, while the servers hear nothing."""
        self._loop.call_soon_threadsafe(self._half_close_all)

    def close(self) -> None:
        """Ends the proxy."""
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._socket.close()
        self._loop.close()

    def _reset_all(self) -> None:
        for link in self._links:
            link.reset()

    def _half_close_all(self) -> None:
        for link in self._links:
            if link.writers[0].can_write_eof():
                link.writers[0].write_eof()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link([writer])
        self._links.add(link)
        try:
            if self.refusing:
                return
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
            link.writers.append(far_writer)
            up = asyncio.create_task(self._pump(reader, far_writer, link, up=True))
            down = asyncio.create_task(self._pump(far_reader, writer, link, up=False))
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({up, down}, timeout=1)
            up.cancel()
            down.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # the other side is gone, or the proxy ends
        finally:
            link.reset()
            self._links.discard(link)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link, *, up: bool) -> None:
        try:
            while data := await reader.read(65536):
                while self.held:
                    await asyncio.sleep(_TICK)
                if late := self._lateness():
                    await asyncio.sleep(late)
                if up and self.trap is not None and self.trap in data and self._chance.random() < self.trap_chance:
                    link.deaf = True
                if not up and link.deaf:
                    self.trapped += 1
                    link.reset()
                    return
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except (OSError, RuntimeError):
            return

    def _lateness(self) -> float:
        # A lost packet comes again after the retransmission timeout, twice as late each time.
        late = self.delay
        again = 0.2
        while self.loss and self._chance.random() < self.loss and again < 2:
            late += again
            again *= 2
        return late
