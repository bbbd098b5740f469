"""The ledger of findings over HTTP."""

from collections.abc import Callable

import httpx
import pytest

from callboard import attempts, db
from callboard.attempts import Outcome
from callboard.findings import Finding, fingerprinted
from callboard.lifecycle import Verdict


@pytest.fixture
def found(running: Callable[..., str]) -> str:
    """The fingerprint of the second of two findings of a finished review."""
    findings = fingerprinted(Finding(rule=rule, message="unused", path="cart.py", line=1) for rule in ("F1", "F2"))
    told = [finding.model_dump() for finding in findings]
    with db.transaction() as session:
        attempts.complete(session, running(), 1, Outcome(Verdict.FAIL, {}, (), (), told))
    return findings[1].fingerprint


def test_findings_are_listed_in_pages_with_their_counts(client: httpx.Client, found: str) -> None:
    answer = client.get("/projects/shop/findings", params={"state": "new", "limit": 1})
    page = answer.json()
    assert (len(page["items"]), page["counts"]) == (1, {"new": 2, "open": 2, "fixed": 0, "suppressed": 0})
    assert 'rel="next"' in answer.headers["Link"]
    (rest,) = client.get("/projects/shop/findings", params={"cursor": page["next"]}).json()["items"]
    assert {page["items"][0]["rule"], rest["rule"]} == {"F1", "F2"}


def test_a_finding_is_suppressed_and_counted_again(client: httpx.Client, found: str) -> None:
    path = f"/projects/shop/findings/{found}/suppression"
    asked = {"reason": "a false alarm", "until": "2190-01-01T00:00:00Z"}
    assert client.put(path, json=asked).status_code == 204
    (item,) = client.get("/projects/shop/findings", params={"state": "suppressed"}).json()["items"]
    assert (item["suppressed_for"], item["suppressed_until"]) == tuple(asked.values())
    assert client.delete(path).status_code == 204
    assert client.get("/projects/shop/findings").json()["counts"]["suppressed"] == 0


def test_a_suppression_needs_a_reason_a_finding_and_a_role(
    client: httpx.Client, as_caller: Callable[..., httpx.Client], found: str
) -> None:
    path = f"/projects/shop/findings/{found}/suppression"
    assert client.put(path, json={"reason": ""}).status_code == 422
    assert as_caller("read").put(path, json={"reason": "x"}).status_code == 403
    assert client.delete("/projects/shop/findings/none/suppression").json()["code"] == "finding_not_found"
    assert client.get("/projects/none/findings").json()["code"] == "project_not_found"


def test_the_trend_counts_what_was_open_in_the_course_of_time(client: httpx.Client, found: str) -> None:
    items = client.get("/projects/shop/findings/trend").json()["items"]
    assert {name: items[-1][name] for name in ("open", "opened", "fixed")} == {"open": 2, "opened": 2, "fixed": 0}
    assert client.get("/projects/shop/findings/trend", params={"capability": "testing"}).json()["items"] == []
    assert client.get("/projects/none/findings/trend").status_code == 404
