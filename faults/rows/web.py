"""The web process killed at the worst moments, raced, overfed and starved."""

import asyncio
import contextlib
import resource
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil

from faults import doomed_names
from faults.registry import fault
from faults.template import AGENT, PROJECTS
from faults.trial import Trial

START_SECONDS = 10.0
RACERS = 200


@contextlib.contextmanager
def kept_alive(trial: Trial) -> Iterator[list[float]]:
    """Starts the web process again whenever it has died, each time with another seed; yields its deaths' times.

    After one death for ten operations it lives on.
    """
    over = threading.Event()
    web = trial.stack.web
    deaths: list[float] = []

    def keep() -> None:
        while not over.wait(0.1):
            if not web.alive:
                deaths.append(time.time())
                web.env[doomed_names.SEED] = f"{trial.seed} {len(deaths)}"
                if len(deaths) >= trial.operations / 10:
                    web.env[doomed_names.CHANCE] = "0"
                trial.over(f"death {len(deaths)} of the web process")
                web.start()

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield deaths
    finally:
        over.set()
        thread.join()


@fault(
    "F1",
    "the API dies between commit and ring",
    means="A test-only wrapper kills the web application between a commit and its ring, one time in ten.",
    app="faults.doomed:app",
)
def dies_before_the_ring(trial: Trial) -> None:
    web = trial.stack.web
    web.kill()
    web.env |= {doomed_names.SEED: str(trial.seed), doomed_names.CHANCE: "0.1"}
    web.start()
    with kept_alive(trial) as deaths, trial.load():
        pass
    trial.notes.append(f"the web process died {len(deaths)} times")
    trial.require(bool(deaths), "the web process never died, so nothing was tried")
    trial.settle()
    wait = trial.longest_wait()
    trial.notes.append(f"the longest wait for a start was {wait:.1f} s")
    trial.require(
        wait <= START_SECONDS, f"an operation waited {wait:.1f} s for its start, not {START_SECONDS:g} s at most"
    )


@fault(
    "F2",
    "the answer to COMMIT is lost",
    means="The proxy passes COMMIT on, swallows PostgreSQL's answer and resets, about one time in seven.",
    through=("postgres",),
)
def commit_is_not_answered(trial: Trial) -> None:
    proxy = trial.stack.proxies["postgres"]
    proxy.trap_chance = 0.15
    with trial.load() as load:
        load.until_accepted(0.1)
        proxy.trap = b"COMMIT"
        load.until_accepted(0.95)
        proxy.trap = None
        trial.over("COMMIT is answered again")
    trial.notes.append(f"{proxy.trapped} answers were swallowed")
    trial.require(proxy.trapped > 0, "no answer was ever swallowed, so nothing was tried")


@fault(
    "F18", "one key, 200 submits at once", means="200 racing posts of one Idempotency-Key, then one with another body."
)
def raced(trial: Trial) -> None:
    path = f"/api/v1/projects/{PROJECTS[0]}/operations"
    headers = {"Authorization": f"Bearer {trial.stack.key}", "Idempotency-Key": "raced"}
    body = {"agent_id": AGENT, "capability": "act", "parameters": {}}

    async def race() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=RACERS)
        async with httpx.AsyncClient(base_url=trial.stack.url, limits=limits, timeout=60, trust_env=False) as client:
            return await asyncio.gather(*(client.post(path, json=body, headers=headers) for _ in range(RACERS)))

    with trial.load():
        answers = asyncio.run(race())
        trial.over("the race")
    for answer in answers:
        id = answer.json().get("id") if answer.is_success else None
        trial.log.write(key="raced", status=answer.status_code, id=id)
    ids = {answer.json()["id"] for answer in answers if answer.is_success}
    trial.require(len(ids) == 1, f"{RACERS} posts of one key made {len(ids)} operations")
    statuses = {answer.status_code for answer in answers}
    trial.require(statuses <= {202, 409}, f"racing posts were answered with {sorted(statuses)}")
    with trial.client as client:
        other = client.post(path, json={**body, "parameters": {"stumbles": 1}}, headers=headers)
    trial.require(other.status_code == 422, f"the same key with another body was answered with {other.status_code}")


@fault(
    "F28",
    "huge bodies and results",
    means="A body of 1 MB + 1, one 10,000 deep, 30 chunked ones without an end in sight, and a result of 100 MB.",
)
def overfed(trial: Trial) -> None:
    huge = trial.submit("huge", megabytes=100)
    before = psutil.Process(trial.stack.web.pid).memory_info().rss
    path = f"/api/v1/projects/{PROJECTS[0]}/operations"
    json_type = {"Content-Type": "application/json"}
    with trial.load(), trial.client as client:
        large = client.post(path, content=b" " * 1_000_001, headers=json_type).status_code
        deep = client.post(path, content=b'{"a":' * 10_000 + b"1" + b"}" * 10_000, headers=json_type).status_code
        for _ in range(30):
            with contextlib.suppress(httpx.HTTPError):
                client.post(path, content=(b"x" * 65536 for _ in range(200)), headers=json_type)
    grown = (psutil.Process(trial.stack.web.pid).memory_info().rss - before) / 1e6
    trial.over("the last body")
    trial.notes.append(f"the web process grew by {grown:.0f} MB")
    trial.require((large, deep) in ((413, 400), (413, 422)), f"the bodies were answered with {large} and {deep}")
    trial.require(grown < 100, f"the web process grew by {grown:.0f} MB")
    row = trial.until_ended(huge)[0]
    trial.require(row["status"] == "completed", f"the huge result is {row['status']}: {row['error']}")
    trial.require(row["result"]["truncated"] is True, "the huge result is not marked as truncated")


@fault(
    "F32",
    "file descriptors and database connections run out",
    means="The web process may open 64 files while 80 idle connections come; PostgreSQL takes 20 connections in all.",
)
def starved(trial: Trial) -> None:
    postgres = trial.servers.postgres
    postgres.end(2, 10)
    postgres.argv.append("--max-connections=20")
    trial.servers.start_postgres()
    web = psutil.Process(trial.stack.web.pid)
    limits = web.rlimit(resource.RLIMIT_NOFILE)
    with trial.load(pause=0.2) as load:
        load.until_accepted(0.2)
        web.rlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
        idle = [_connected(trial.stack.url) for _ in range(80)]
        time.sleep(5)
        for connection in idle:
            if connection is not None:
                connection.close()
        web.rlimit(resource.RLIMIT_NOFILE, limits)
        trial.over("files may be opened again")
    trial.require(trial.stack.web.alive, "the web process died for lack of files")


def _connected(url: str) -> socket.socket | None:
    try:
        return socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0), timeout=2)
    except OSError:
        return None
