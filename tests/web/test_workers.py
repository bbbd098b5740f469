"""The workers over HTTP."""

import httpx
from sqlalchemy import text

from callboard import catalogue
from callboard.db import transaction


def test_workers_are_listed_also_when_they_are_gone(client: httpx.Client) -> None:
    with transaction() as session:
        catalogue.worker_seen(session, "w1", capabilities=["testing"], concurrency=2, sandbox="bubblewrap")
        catalogue.worker_status(session, "w1", "offline")
    workers = client.get("/workers").json()["items"]
    assert [(worker["name"], worker["status"], worker["concurrency"]) for worker in workers] == [("w1", "offline", 2)]


def test_a_worker_that_was_not_heard_lately_is_lost_unless_it_left(client: httpx.Client) -> None:
    with transaction() as session:
        for name in ("busy", "dead", "gone", "cut off"):
            catalogue.worker_seen(session, name, capabilities=["testing"], concurrency=2)
        catalogue.worker_seen(session, "mute", deaf=True, capabilities=["testing"], concurrency=2)
        catalogue.worker_status(session, "gone", "offline")
        catalogue.worker_status(session, "cut off", "draining")
        session.execute(text("UPDATE workers SET seen_at = now() - interval '31 s' WHERE name != 'busy'"))
    workers = client.get("/workers").json()["items"]
    statuses = {worker["name"]: worker["status"] for worker in workers}
    assert statuses == {"busy": "online", "dead": "lost", "gone": "offline", "mute": "lost", "cut off": "lost"}
