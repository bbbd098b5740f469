"""`callboard up`: everything that Callboard needs, started, watched over and ended together."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from callboard.errors import StartError
from cli import environment
from cli.stack import deathwatch, leftovers, ports
from cli.stack.data_folder import DataFolder
from cli.stack.launch import Launch, Options
from cli.terminal.say import say

# What `up` runs and where each part works, in the order in which the parts are to be ended.
_FOLDERS = ("worker", "web", "flower", "valkey", "postgres/data")

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the API and the dashboard on 127.0.0.1.")]
FlowerPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of Flower on 127.0.0.1.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the data; .callboard by default.", file_okay=False)]
Root = Annotated[
    Path, typer.Option(help="Folder whose projects may be worked on.", exists=True, file_okay=False, resolve_path=True)
]
Concurrency = Annotated[int, typer.Option(min=1, help="How many operations the worker runs at once.")]
Demo = Annotated[bool, typer.Option("--demo/--no-demo", help="Set up the sample project on the first start.")]


def up(
    *,
    port: Port = 8080,
    flower_port: FlowerPort = 5555,
    data: Data = None,
    root: Root = Path(),
    concurrency: Concurrency = os.cpu_count() or 2,
    demo: Demo = True,
) -> None:
    """Start everything here: PostgreSQL, Valkey, the API with the dashboard, a worker and Flower. Ctrl-C ends it."""
    if port == flower_port:
        raise StartError(f"--port and --flower-port are both {port}: name another one")
    folder = DataFolder(data or Path(environment.given("CALLBOARD_DATA_DIR") or ".callboard"))
    try:
        places = [folder.path / name for name in _FOLDERS]
        if count := sum(leftovers.end(place) for place in places):
            say(f"ended {count} processes that an earlier `up` had left running")
        _refuse_taken(port, "--port")
        _refuse_taken(flower_port, "--flower-port")
        watcher = deathwatch.start(places, folder.lock)
        try:
            asyncio.run(_serve(Options(port, flower_port, root, concurrency, demo), folder))
        finally:
            watcher.communicate()
    finally:
        folder.close()


async def _serve(options: Options, folder: DataFolder) -> None:
    launch = Launch(options, folder)
    work = asyncio.create_task(launch.run())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Under nohup a closed terminal is no reason to end.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, _end, work)
    try:
        await work
    except asyncio.CancelledError:
        say("ending")
    finally:
        await launch.end()


def _end(work: asyncio.Task[None]) -> None:
    work.cancel()


def _refuse_taken(port: int, flag: str) -> None:
    if not ports.is_free(port):
        raise StartError(
            f"port {port} of {ports.LOOPBACK} is in use: end what listens there, or name another with {flag}"
        )
