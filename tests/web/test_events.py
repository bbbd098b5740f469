"""A project's numbered frames over HTTP, in pages."""

import httpx
from sqlalchemy import text

from callboard.db import transaction

SUBMIT = {"agent_id": "reviewer", "capability": "code_review"}


def test_pages_of_frames_cover_every_number_once(client: httpx.Client, shop: str) -> None:
    for _ in range(4):
        client.post("/projects/shop/operations", json=SUBMIT)
    seen: list[int] = []
    since: int | None = 0
    while since is not None:
        page = client.get(f"/projects/shop/events?since={since}&limit=2").json()
        seen += [frame["seq"] for frame in page["items"]]
        since = page["next"]
    assert seen == [1, 2, 3, 4, 5]


def test_who_comes_with_a_number_that_is_not_kept_is_told_where_to_go_on(client: httpx.Client, shop: str) -> None:
    told = client.get("/projects/shop/events?since=99").json()
    assert told == {
        "items": [{"type": "reset", "project_id": "shop", "payload": {"oldest": 1, "head": 1}}],
        "next": None,
    }
    client.post("/projects/shop/operations", json=SUBMIT)
    with transaction() as session:
        session.execute(text("DELETE FROM events WHERE project_id = 'shop' AND seq = 1"))
    assert client.get("/projects/shop/events?since=0").json()["items"][0]["payload"] == {"oldest": 2, "head": 2}
    for query in ("", "?since=1"):
        assert [frame["seq"] for frame in client.get(f"/projects/shop/events{query}").json()["items"]] == [2]


def test_a_number_beyond_all_bounds_is_refused(client: httpx.Client, shop: str) -> None:
    assert client.get(f"/projects/shop/events?since={2**63}").status_code == 422
