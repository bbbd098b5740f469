"""A project's numbered frames over HTTP, in pages."""

import httpx

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


def test_a_number_beyond_all_bounds_is_refused(client: httpx.Client, shop: str) -> None:
    assert client.get(f"/projects/shop/events?since={2**63}").status_code == 422
