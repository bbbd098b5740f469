"""The catalogue over HTTP."""

import httpx

from callboard import catalogue
from callboard.db import transaction


def test_the_catalogue_names_the_live_workers_of_each_capability(client: httpx.Client, shop: str) -> None:
    with transaction() as session:
        catalogue.worker_seen(session, "w1", capabilities=["testing"], concurrency=2, sandbox="bubblewrap")
    offered = {item["name"]: item for item in client.get("/capabilities").json()["items"]}
    assert (offered["testing"]["workers"], offered["code_review"]["workers"]) == (["w1"], [])
    assert offered["testing"]["risk"] == "execute"
    assert offered["code_review"]["parameters_schema"]["type"] == "object"
