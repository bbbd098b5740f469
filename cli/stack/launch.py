"""Starts Callboard in the order in which its parts need each other; ending is the same order backwards."""

import asyncio
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx

from callboard.errors import StartError
from callboard.settings import current
from cli import environment, migrations
from cli.api import connection
from cli.stack import demo, fleet, private, readiness, signin
from cli.stack.data_folder import DataFolder
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.valkey import Valkey
from cli.stack.ports import LOOPBACK
from cli.stack.program import Program
from cli.stack.supervisor import Child
from cli.terminal.say import say

# Who ends together, and in how many seconds: ten in all. The worker drains; Flower has nothing to lose meanwhile.
_ENDING = ({"worker": 7.0, "flower": 7.0}, {"web": 1.0}, {"valkey": 1.0, "postgres": 1.0})
_DRAIN_SECONDS = "3"
_READY_SECONDS = 120


@dataclass(frozen=True)
class Options:
    """What the user of `callboard up` may choose."""

    port: int
    flower_port: int
    root: Path
    concurrency: int
    demo: bool


class Launch:
    """One run of `callboard up`."""

    def __init__(self, options: Options, folder: DataFolder) -> None:
        self._options = options
        self._folder = folder
        self._children: dict[str, Child] = {}
        self._url = f"http://{LOOPBACK}:{options.port}"

    async def run(self) -> None:
        """Starts everything, tells that it is ready, and stays until it is cancelled."""
        await self._start_servers()
        self._adopt_settings()
        await asyncio.to_thread(migrations.upgrade)
        key = await asyncio.to_thread(signin.admin_key, self._folder.path / "api-key")
        await self._start_fleet()
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=self._url, headers=headers, timeout=10, trust_env=False) as client:
            await self._wait_until_ready(client)
            if self._options.demo:
                await self._show_demo(client)
        print(f"ready {self._url}", flush=True)
        print(f"sign in: {await asyncio.to_thread(signin.link, self._url, key)}", flush=True)
        await asyncio.Event().wait()

    async def end(self) -> None:
        """Ends what has been started: the worker first, the servers that all need last."""
        for together in _ENDING:
            children = [(self._children[name], grace) for name, grace in together.items() if name in self._children]
            await asyncio.gather(*(child.stop(grace) for child, grace in children))

    async def _start_servers(self) -> None:
        """Starts what the operator has not given, and adopts where it is."""
        if environment.given("CALLBOARD_DATABASE_URL") is None:
            postgres = Postgres(self._folder.path / "postgres")
            await self._start(await asyncio.to_thread(postgres.prepare))
            await readiness.until_answering(postgres.answers)
            environment.adopt({"CALLBOARD_DATABASE_URL": postgres.url})
        if environment.given("CALLBOARD_REDIS_URL") is None:
            valkey = Valkey(self._folder.path / "valkey")
            await self._start(await asyncio.to_thread(valkey.prepare))
            await readiness.until_answering(valkey.answers)
            broker = environment.given("CALLBOARD_BROKER_URL") or f"{valkey.url}/1"
            environment.adopt({"CALLBOARD_REDIS_URL": f"{valkey.url}/0", "CALLBOARD_BROKER_URL": broker})

    def _adopt_settings(self) -> None:
        """Sets what the children are to know, and writes down what scripts need."""
        roots = [str(self._options.root), environment.given("CALLBOARD_WORKSPACE_ROOTS"), str(demo.SHOP)]
        environment.adopt(
            {
                "CALLBOARD_DATA_DIR": str(self._folder.path),
                "CALLBOARD_WORKSPACE_ROOTS": os.pathsep.join(root for root in roots if root),
                "CALLBOARD_URL": self._url,
                "CALLBOARD_DRAIN_SECONDS": environment.given("CALLBOARD_DRAIN_SECONDS") or _DRAIN_SECONDS,
            }
        )
        connection.note(self._folder.path)
        settings = current()
        self._folder.write_environment(
            {
                "CALLBOARD_DATABASE_URL": settings.database_url.replace("postgresql+psycopg2://", "postgresql://", 1),
                "CALLBOARD_REDIS_URL": settings.redis_url,
                "CALLBOARD_BROKER_URL": settings.broker_url,
                "CALLBOARD_URL": self._url,
                "CALLBOARD_DATA_DIR": str(settings.data_dir),
                "CALLBOARD_WORKSPACE_ROOTS": os.pathsep.join(map(str, settings.workspace_roots)),
                "CALLBOARD_FLOWER_PASSWORD": self._flower_password(),
            }
        )

    def _flower_password(self) -> str:
        file = self._folder.path / "flower-password"
        if not file.exists():
            private.write(file, secrets.token_urlsafe(18))
        return environment.given("CALLBOARD_FLOWER_PASSWORD") or file.read_text(encoding="ascii")

    async def _start_fleet(self) -> None:
        data, options = self._folder.path, self._options
        await self._start(fleet.flower(data, options.flower_port, self._flower_password()))
        await self._start(fleet.web(data, options.port))
        await self._start(fleet.worker(data, options.concurrency))

    async def _start(self, program: Program) -> None:
        child = Child(program, self._folder.logs / f"{program.name}.log", say)
        self._children[program.name] = child
        await child.start()

    async def _wait_until_ready(self, client: httpx.AsyncClient) -> None:
        """Returns when everything answers. Raises StartError where a child keeps ending before."""
        flower = f"http://{LOOPBACK}:{self._options.flower_port}/healthcheck"
        ready = asyncio.create_task(readiness.until_ready(client, flower))
        waits = [ready, *(asyncio.create_task(child.fail()) for child in self._children.values())]
        try:
            over, _ = await asyncio.wait(waits, timeout=_READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not over:
                say(f"still not ready after {_READY_SECONDS} s; the logs in {self._folder.logs} say why")
                over, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            over.pop().result()
        finally:
            for task in waits:
                task.cancel()

    async def _show_demo(self, client: httpx.AsyncClient) -> None:
        done = self._folder.path / "demo-done"
        if not done.exists():
            try:
                await demo.submit(client)
            except StartError as error:
                say(str(error))
            else:
                private.write(done, "The sample project was set up here.\n")
