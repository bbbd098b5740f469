"""What /metrics tells."""

import httpx


def test_accepted_operations_are_the_sum_of_all_statuses(
    stranger: httpx.Client, client: httpx.Client, shop: str
) -> None:
    for _ in range(3):
        client.post("/projects/shop/operations", json={"agent_id": "reviewer", "capability": "testing"})
    id = client.get("/operations").json()["items"][0]["id"]
    client.post(f"/operations/{id}/cancel")
    told = dict(line.rsplit(" ", 1) for line in stranger.get("/metrics").text.splitlines() if line[0] != "#")
    assert told['callboard_operations{status="pending"}'] == "2.0"
    assert told['callboard_operations{status="cancelled"}'] == "1.0"
    assert told["callboard_operations_accepted"] == "3.0"
    assert told["callboard_events_total"] == "5.0"
    assert "callboard_viewers" in told
