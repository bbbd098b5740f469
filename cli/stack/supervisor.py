"""Keeps programs running: starts them, says when one dies and starts it again, and stops them in order."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

from callboard.errors import StartError
from cli.stack import leftovers
from cli.stack.program import Program

Say = Callable[[str], None]

_PATIENCE = (1, 2, 4, 8, 15, 30)
_SETTLED_SECONDS = 60
_OFTEN = 3


class Child:
    """One program that runs until `stop`; each death is said and followed by a new start, later every time."""

    def __init__(self, program: Program, log: Path, say: Say) -> None:
        self.program = program
        self._log = log
        self._say = say
        self._stopping = asyncio.Event()
        self._failing = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now, or ran last."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Starts it, with its output in its log; the log of the start before is kept as `.1`."""
        if self._log.exists():
            self._log.replace(self._log.with_name(f"{self._log.name}.1"))
        self._process = await self._spawn()
        self._say(f"{self.program.name} started")
        self._keeping = asyncio.create_task(self._keep(self._process))

    async def stop(self, grace: float) -> None:
        """Asks it to stop and kills it after `grace` seconds; returns when it is gone with all that it started."""
        self._stopping.set()
        if self._process is None or self._keeping is None:
            return
        self._ask_to_stop(self._process)
        try:
            await asyncio.wait_for(asyncio.shield(self._keeping), grace)
        except TimeoutError:
            self._say(f"{self.program.name} did not stop within {grace:g} s and is killed")
            self._process.kill()
            await self._keeping
        await self._end_orphans()

    async def fail(self) -> None:
        """Waits until it has ended several times in a row, and then raises StartError with its last words."""
        await self._failing.wait()
        raise StartError(
            f"{self.program.name} ended {_OFTEN} times in a row; its last words: {self._last_words()}; see {self._log}"
        )

    async def _keep(self, process: asyncio.subprocess.Process) -> None:
        deaths = 0
        while True:
            started = time.monotonic()
            code = await process.wait()
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - started > _SETTLED_SECONDS else deaths + 1
            self._say(self._obituary(code, deaths))
            if deaths >= _OFTEN:
                self._failing.set()
            await self._end_orphans()
            again = await self._start_again(deaths)
            if again is None:
                return
            process = self._process = again
            self._say(f"{self.program.name} started again")
            if self._stopping.is_set():
                self._ask_to_stop(process)

    async def _start_again(self, deaths: int) -> asyncio.subprocess.Process | None:
        """Starts it after a pause, and after longer ones until that works; None once it is told to stop."""
        while not await self._told_to_stop_within(_pause(deaths)):
            try:
                return await self._spawn()
            except StartError as error:
                deaths += 1
                self._say(f"{error}; trying again in {_pause(deaths)} s")
        return None

    def _ask_to_stop(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.send_signal(self.program.stop_signal)

    async def _spawn(self) -> asyncio.subprocess.Process:
        uid = self.program.uid
        try:
            with self._log.open("ab") as log:
                return await asyncio.create_subprocess_exec(
                    *self.program.argv,
                    cwd=self.program.folder,
                    env=dict(self.program.env),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    user=uid,
                    group=uid,
                    extra_groups=None if uid is None else [],
                )
        except OSError as error:
            raise StartError(f"{self.program.name} cannot be started: {error}") from error

    async def _end_orphans(self) -> None:
        await asyncio.to_thread(leftovers.end, self.program.folder, 0)

    async def _told_to_stop_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _obituary(self, code: int, deaths: int) -> str:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        often = f" ({deaths} times in a row; the last words: {self._last_words()})" if deaths >= _OFTEN else ""
        return f"{self.program.name} {how}{often}; starting it again in {_pause(deaths)} s, see {self._log}"

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace")[-2000:].strip().splitlines()
        return lines[-1][:300] if lines else "none"


def _pause(deaths: int) -> int:
    return _PATIENCE[min(deaths, len(_PATIENCE)) - 1]
