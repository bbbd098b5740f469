"""The workers over HTTP."""

import httpx

from callboard import catalogue
from callboard.db import transaction


def test_workers_are_listed_also_when_they_are_gone(client: httpx.Client) -> None:
    with transaction() as session:
        catalogue.worker_seen(session, "w1", capabilities=["testing"], concurrency=2, sandbox="bubblewrap")
        catalogue.worker_status(session, "w1", "offline")
    workers = client.get("/workers").json()["items"]
    assert [(worker["name"], worker["status"], worker["concurrency"]) for worker in workers] == [("w1", "offline", 2)]
