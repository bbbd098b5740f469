"""What /metrics tells."""

import httpx
from sqlalchemy import text

from callboard import db


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
    account = {name: told[f"callboard_account_{name}"] for name in ("accepted", "pending", "running", "ended")}
    assert account == {"accepted": "3.0", "pending": "2.0", "running": "0.0", "ended": "1.0"}
    assert (told["callboard_lost"], told["callboard_doubled"]) == ("0.0", "0.0")
    assert told["callboard_events_total"] == "5.0"
    assert "callboard_viewers" in told


def test_what_is_lost_overdue_or_deaf_is_told(stranger: httpx.Client, client: httpx.Client, shop: str) -> None:
    for _ in range(2):
        client.post("/projects/shop/operations", json={"agent_id": "reviewer", "capability": "testing"})
    with db.transaction() as session:
        session.execute(text("DELETE FROM operations WHERE id = (SELECT id FROM operations LIMIT 1)"))
        session.execute(text("UPDATE operations SET ring_at = ring_at - interval '2 min'"))
        session.execute(
            text("INSERT INTO workers (name, capabilities, concurrency, status) VALUES ('w', '{}', 1, 'deaf')")
        )
    told = dict(line.rsplit(" ", 1) for line in stranger.get("/metrics").text.splitlines() if line[0] != "#")
    assert (told["callboard_lost"], told["callboard_doubled"]) == ("1.0", "0.0")
    assert told['callboard_account_findings{kind="ring_overdue"}'] == "1.0"
    assert told['callboard_account_findings{kind="seq_gap"}'] == "0.0"
    assert told['callboard_workers{status="deaf"}'] == "1.0"
