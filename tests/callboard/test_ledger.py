"""The ledger: what was found first and last, fixed and suppressed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callboard import attempts, catalogue, db, ledger
from callboard.attempts import Outcome
from callboard.capabilities import Result, capability
from callboard.errors import FindingNotFoundError, InvalidError
from callboard.findings import Excerpt, Finding, fingerprinted
from callboard.lifecycle import Verdict
from worker.review import ReviewParameters

Review = Callable[..., str]


@capability("code_review", version="1", parameters=ReviewParameters)
def narrowable(workspace: Any, parameters: ReviewParameters, context: Any) -> Result:
    """Looks where it is told to."""
    return Result(summary="looked")


@pytest.fixture
def review(running: Callable[..., str]) -> Review:
    """Completes an operation that found these rules broken; answers its id."""

    def complete(*rules: str, verdict: Verdict = Verdict.FAIL, capability: str = "code_review", **asked: Any) -> str:
        found = fingerprinted(Finding(rule=rule, message=f"breaks {rule}", path="a.py", line=3) for rule in rules)
        outcome = Outcome(verdict, {}, [each.fingerprint for each in found], (), [each.model_dump() for each in found])
        id = running(capability, **asked)
        with db.transaction() as session:
            attempts.complete(session, id, 1, outcome)
        return id

    return complete


def told(**asked: Any) -> ledger.Page:
    with db.transaction() as session:
        return ledger.page(session, "shop", **asked)


def rules(**asked: Any) -> dict[str, str]:
    return {entry.rule: state for entry, state in told(**asked).items}


def fingerprint(rule: str) -> str:
    return next(entry.fingerprint for entry, _ in told(limit=200).items if entry.rule == rule)


def test_a_finding_is_new_then_open_then_fixed(review: Review) -> None:
    review("F1")
    assert rules() == {"F1": "new"}
    review("F1", "F2")
    assert rules() == {"F1": "open", "F2": "new"}
    review("F2")
    assert rules() == {"F1": "fixed", "F2": "open"}
    assert told().counts == {"new": 0, "open": 1, "fixed": 1, "suppressed": 0}


def test_a_narrowed_review_fixes_only_what_was_seen_with_the_same_parameters(review: Review) -> None:
    with db.transaction() as session:
        catalogue.offer(session, [narrowable])
    narrow = {"parameters": {"paths": ["b.py"]}}
    review("F1")
    review("F2", **narrow)
    review(**narrow)
    assert rules() == {"F1": "new", "F2": "fixed"}
    review()
    assert rules() == {"F1": "fixed", "F2": "fixed"}


def test_a_finding_that_comes_back_is_new_again_and_keeps_when_it_was_first_seen(review: Review) -> None:
    review("F1")
    first = told().items[0][0].first_seen
    review("F2")
    again = review("F1", "F2")
    entry = next(entry for entry, _ in told().items if entry.rule == "F1")
    assert rules()["F1"] == "new"
    assert (entry.first_seen, str(entry.opened_by), entry.fixed_at) == (first, again, None)


def test_a_finding_remembers_the_operations_that_opened_it_and_saw_it_last(review: Review) -> None:
    opened, seen = review("F1"), review("F1")
    (entry, _), *_ = told().items
    assert (str(entry.opened_by), str(entry.seen_by)) == (opened, seen)
    assert entry.first_seen < entry.last_seen
    assert (entry.message, entry.path, entry.line, entry.severity) == ("breaks F1", "a.py", 3, "warning")


def test_a_finding_keeps_the_lines_around_it_as_they_were_seen_last(running: Callable[..., str]) -> None:
    for line in ("old", "new"):
        shown = Excerpt(start=2, lines=(line,))
        found = fingerprinted([Finding(rule="F1", message="m", path="a.py", line=2, column=1, excerpt=shown)])
        with db.transaction() as session:
            told_now = [each.model_dump(mode="json") for each in found]
            attempts.complete(session, running(), 1, Outcome(Verdict.FAIL, {}, (), (), told_now))
    (entry, _), *_ = told().items
    assert entry.excerpt == {"start": 2, "lines": ["new"], "column": 1, "end_line": None, "end_column": None}


def test_a_review_that_judged_nothing_and_another_capability_fix_nothing(review: Review) -> None:
    review("F1")
    review(verdict=Verdict.INCONCLUSIVE)
    review("T1", capability="testing")
    assert rules() == {"F1": "new", "T1": "new"}
    review(verdict=Verdict.PASS)
    assert rules() == {"F1": "fixed", "T1": "new"}


def test_findings_are_narrowed_by_state_capability_and_severity(review: Review) -> None:
    review("F1")
    review("F1", "F2")
    review("T1", capability="testing")
    assert rules(state="open").keys() == {"F1", "F2", "T1"}
    assert rules(state="new", capability="code_review").keys() == {"F2"}
    assert rules(state="fixed") == {}
    assert (rules(severity="warning").keys(), rules(severity="error")) == ({"F1", "F2", "T1"}, {})


def test_a_suppressed_finding_is_not_open_until_its_time_has_come(review: Review) -> None:
    review("F1")
    until = datetime.now(UTC) + timedelta(days=1)
    with db.transaction() as session:
        ledger.suppress(session, "shop", fingerprint("F1"), reason="a false alarm", until=until)
    assert (rules(), told().counts["open"]) == ({"F1": "suppressed"}, 0)
    with db.transaction() as session:
        session.execute(text("UPDATE findings SET suppressed_until = now()"))
    assert rules() == {"F1": "new"}


def test_a_suppression_stays_when_the_finding_is_seen_again_and_can_be_ended(review: Review) -> None:
    review("F1")
    with db.transaction() as session:
        ledger.suppress(session, "shop", fingerprint("F1"), reason="a false alarm")
    review("F1")
    assert rules(state="suppressed") == {"F1": "suppressed"}
    with db.transaction() as session:
        ledger.unsuppress(session, "shop", fingerprint("F1"))
    assert rules() == {"F1": "open"}


def test_only_a_known_finding_is_suppressed_and_only_until_a_later_time(review: Review) -> None:
    review("F1")
    name = fingerprint("F1")
    with db.transaction() as session:
        with pytest.raises(FindingNotFoundError, match="no finding 'none'"):
            ledger.suppress(session, "shop", "none", reason="x")
        with pytest.raises(InvalidError, match="which has passed"):
            ledger.suppress(session, "shop", name, reason="x", until=datetime(2020, 1, 1, tzinfo=UTC))


def test_pages_follow_each_other_the_gravest_first(review: Review) -> None:
    review(*(f"F{number}" for number in range(5)))
    with db.transaction() as session:
        session.execute(text("UPDATE findings SET severity = 'error' WHERE rule = 'F3'"))
        session.execute(text("UPDATE findings SET severity = 'note' WHERE rule = 'F1'"))
    found, cursor = [], None
    while page := told(limit=2, cursor=cursor):
        found += [entry.rule for entry, _ in page.items]
        if (cursor := page.next) is None:
            break
    assert (found[0], found[-1], sorted(found)) == ("F3", "F1", ["F0", "F1", "F2", "F3", "F4"])


@pytest.mark.parametrize("cursor", ["x", "WzFd", "bnVsbA==", "é"])
def test_a_foreign_cursor_is_refused(database: dict[str, str], cursor: str) -> None:
    with pytest.raises(InvalidError, match="is not one that this API gave"):
        told(cursor=cursor)


def test_of_a_result_that_is_too_long_nothing_counts_as_fixed(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    review("F1")
    monkeypatch.setattr(ledger, "MOST_FINDINGS", 1)
    review("F2", "F3")
    assert (rules().keys(), told().counts["fixed"]) == ({"F1", "F2"}, 0)


def test_odd_text_is_kept_as_far_as_it_can_be(review: Review) -> None:
    review("F1\0" + "x" * 500)
    (entry, _), *_ = told().items
    assert entry.rule == "F1\ufffd" + "x" * 197


def test_reviews_that_end_at_once_do_not_wait_for_each_other(
    running: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    found = [each.model_dump() for each in fingerprinted(Finding(rule=f"F{n}", message="m") for n in range(300))]

    def completion(id: str, findings: list[dict[str, Any]]) -> Callable[[], str]:
        def call() -> str:
            with db.transaction() as session:
                return str(attempts.complete(session, id, 1, Outcome(Verdict.FAIL, {}, (), (), findings)).status)

        return call

    calls = [completion(running(), found if number % 2 else found[::-1]) for number in range(6)]
    assert race(*calls) == ["completed"] * 6
    assert told().counts["open"] == 300
