import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from callboard.errors import StartError
from cli.stack import leftovers
from cli.stack.program import Program
from cli.stack.supervisor import Child

SLEEP = "import time; time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEP}']); {SLEEP}"


class Listener:
    """Keeps what is said, and waits for a sentence."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._more = asyncio.Event()

    def __call__(self, sentence: str) -> None:
        self.said.append(sentence)
        self._more.set()

    async def wait_for(self, part: str) -> str:
        async with asyncio.timeout(20):
            while not any(part in sentence for sentence in self.said):
                self._more.clear()
                await self._more.wait()
        return next(sentence for sentence in self.said if part in sentence)


def child(folder: Path, code: str, say: Callable[[str], None]) -> Child:
    program = Program("clerk", (sys.executable, "-c", code), folder, {})
    return Child(program, folder.parent / "clerk.log", say)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "a folder"
    place.mkdir()
    return place


async def kill_and_listen(folder: Path) -> tuple[int | None, int | None, str]:
    listener = Listener()
    clerk = child(folder, SLEEP, listener)
    await clerk.start()
    first = clerk.pid
    assert first is not None
    psutil.Process(first).kill()
    sentence = await listener.wait_for("was killed")
    await listener.wait_for("started again")
    second = clerk.pid
    await clerk.stop(5)
    return first, second, sentence


def test_a_child_that_dies_is_said_and_started_again(folder: Path) -> None:
    first, second, sentence = asyncio.run(kill_and_listen(folder))
    assert first != second
    assert sentence.startswith("clerk was killed by SIGKILL; starting it again in 1 s, see ")


def test_a_child_that_keeps_failing_is_said_with_its_last_words(folder: Path) -> None:
    async def listen() -> str:
        listener = Listener()
        clerk = child(folder, "raise SystemExit('no paper')", listener)
        await clerk.start()
        with pytest.raises(StartError, match="clerk ended 3 times in a row; its last words: no paper; see "):
            await clerk.fail()
        await clerk.stop(5)
        return listener.said[-1]

    assert "clerk ended with 1 (3 times in a row; the last words: no paper)" in asyncio.run(listen())


async def kill_without_folder(clerk: Child, listener: Listener) -> tuple[Path, str]:
    await clerk.start()
    assert clerk.pid is not None
    away = clerk.program.folder.rename(clerk.program.folder.with_name("away"))
    psutil.Process(clerk.pid).kill()
    return away, await listener.wait_for("cannot be started")


def test_a_child_that_cannot_be_started_again_is_said_and_tried_until_it_can(folder: Path) -> None:
    async def listen() -> str:
        listener = Listener()
        clerk = child(folder, SLEEP, listener)
        away, sentence = await kill_without_folder(clerk, listener)
        away.rename(folder)
        await listener.wait_for("started again")
        await clerk.stop(5)
        return sentence

    sentence = asyncio.run(listen())
    assert sentence.startswith("clerk cannot be started: ")
    assert sentence.endswith("; trying again in 2 s")


def test_a_child_that_could_not_be_started_again_is_stopped_at_once(folder: Path) -> None:
    async def listen() -> None:
        listener = Listener()
        clerk = child(folder, SLEEP, listener)
        await kill_without_folder(clerk, listener)
        async with asyncio.timeout(1):
            await clerk.stop(5)

    asyncio.run(listen())


def test_a_child_that_does_not_stop_is_killed(folder: Path) -> None:
    async def stop() -> tuple[list[str], int | None]:
        listener = Listener()
        clerk = child(folder, DEAF, listener)
        await clerk.start()
        async with asyncio.timeout(10):
            while "deaf" not in (folder.parent / "clerk.log").read_text():
                await asyncio.sleep(0.02)
        await clerk.stop(0.2)
        return listener.said, clerk.pid

    said, pid = asyncio.run(stop())
    assert "clerk did not stop within 0.2 s and is killed" in said
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_stopping_takes_the_childs_children_along(folder: Path) -> None:
    async def stop() -> None:
        clerk = child(folder, FAMILY, print)
        await clerk.start()
        async with asyncio.timeout(10):
            while len(await asyncio.to_thread(leftovers.find, folder)) < 2:
                await asyncio.sleep(0.02)
        await clerk.stop(5)

    asyncio.run(stop())
    assert leftovers.find(folder) == []


def test_the_log_of_the_start_before_is_kept(folder: Path) -> None:
    async def twice() -> None:
        for word in ("first", "second"):
            listener = Listener()
            clerk = child(folder, f"raise SystemExit('{word}')", listener)
            await clerk.start()
            await listener.wait_for("ended")
            await clerk.stop(5)

    asyncio.run(twice())
    assert (folder.parent / "clerk.log").read_text() == "second\n"
    assert (folder.parent / "clerk.log.1").read_text() == "first\n"


def test_a_program_that_is_not_there_is_a_sentence(folder: Path) -> None:
    clerk = Child(Program("clerk", ("/nowhere/clerk",), folder, {}), folder.parent / "clerk.log", print)
    with pytest.raises(StartError, match="clerk cannot be started"):
        asyncio.run(clerk.start())


def test_what_never_started_is_stopped_at_once(tmp_path: Path) -> None:
    (tmp_path / "clerk").mkdir()
    clerk = child(tmp_path / "clerk", SLEEP, Listener())
    asyncio.run(clerk.stop(1))
    assert clerk.pid is None
