"""One operation, explained from end to end in whichever state it is stuck."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from callboard import attempts, broker, catalogue, db, errands
from callboard.attempts import Outcome
from callboard.errors import OperationNotFoundError
from callboard.lifecycle import Reason
from callboard.models import Operation
from cli.doctor import diagnosis

Run = Callable[..., str]


def execute(statement: str) -> None:
    with db.transaction() as session:
        session.execute(text(statement))


def told(id: str) -> str:
    errands.flush()
    return "\n".join(diagnosis.explain(id).told)


def seen(name: str) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, name, capabilities=["code_review"], concurrency=1, sandbox=None)


def test_what_no_worker_offers_says_that_one_is_missing(submitted: Run) -> None:
    text = told(submitted())

    assert "it waits for no_worker_for_capability: No live worker offers 'code_review'; start one." in text
    assert "1 messages wait in its queue code_review, one of them for it" in text
    assert "no worker has ever offered code_review" in text
    assert "its last event is 2, pending" in text


def test_what_waits_behind_others_names_who_offers_it_and_how_they_are(submitted: Run) -> None:
    seen("one@test")
    seen("two@test")
    execute("UPDATE workers SET seen_at = seen_at - interval '1 h' WHERE name = 'two@test'")

    assert "it is offered by one@test (online), two@test (gone)" in told(submitted())


def test_what_is_wanted_later_says_when(submitted: Run) -> None:
    assert re.search(r"it is due in (59|60) min", told(submitted(run_at=datetime.now(UTC) + timedelta(hours=1))))


def test_a_lost_ring_is_explained_and_rung_again(submitted: Run, stored: Callable[[str], Operation]) -> None:
    id = submitted()
    errands.flush()
    execute("UPDATE operations SET ring_at = ring_at - interval '2 min'")
    found = diagnosis.explain(id)
    assert "it was rung 1 times; a keeper should have rung 1 min" in "\n".join(found.told)
    assert [item.kind for item in found.findings] == ["ring_overdue"]

    assert diagnosis.mend(id) == [f"{id} was rung for again"]

    assert diagnosis.explain(id).findings == []
    assert stored(id).rings == 1


def test_a_running_operation_says_who_holds_it_and_for_how_long(running: Run) -> None:
    seen("one@test")
    id = running()
    text = told(id)

    assert re.search(r"one@test holds it for (29|30)\.\d s more", text)
    assert "that worker is online" in text
    assert diagnosis.mend(id) == []


def test_a_lease_that_ran_out_is_explained_and_ended(running: Run, stored: Callable[[str], Operation]) -> None:
    id = running()
    execute("UPDATE operations SET lease_until = now() - interval '2 min', cancel_requested_at = now()")
    found = diagnosis.explain(id)
    assert "one@test holds it no more since 2 min" in "\n".join(found.told)
    assert "it was asked to stop" in "\n".join(found.told)
    assert [item.kind for item in found.findings] == ["lease_overdue"]

    assert diagnosis.mend(id) == [f"the lease of {id} was ended; it is cancelled now"]
    assert stored(id).status == "cancelled"


def test_a_failed_operation_says_why_and_the_way_out(running: Run) -> None:
    id = running()
    with db.transaction() as session:
        attempts.fail(session, id, 1, reason=Reason.SANDBOX_UNAVAILABLE, error="no sandbox here")
    text = told(id)

    assert "code_review by reviewer on shop is failed since" in text
    assert "(sandbox_unavailable: no sandbox here), after attempt 1" in text
    assert f"`callboard ops rerun {id}` runs it anew" in text


def test_a_window_that_lacks_the_operation_is_made_anew(running: Run) -> None:
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}))
    execute("""UPDATE projects SET agent_metadata = agent_metadata || '{"operation_history": []}'""")
    execute("UPDATE projects SET created_at = created_at - interval '8 days'")
    execute("DELETE FROM events WHERE seq < 4")
    assert {item.kind for item in diagnosis.explain(id).findings} == {"window_differs"}

    assert diagnosis.mend(id) == ["the window of shop was made anew from the table"]


def test_an_operation_whose_events_are_gone_still_has_its_number(running: Run) -> None:
    id = running()
    execute("DELETE FROM events")

    assert "its events are no longer kept; the last one was 3" in told(id)


def test_an_unknown_operation_is_refused(database: dict[str, str]) -> None:
    with pytest.raises(OperationNotFoundError):
        diagnosis.explain("nonsense")


def test_what_stands_in_line_and_was_not_rung_says_so(submitted: Run) -> None:
    id = submitted()
    errands.flush()
    execute("UPDATE operations SET rung_at = NULL")
    assert "it stands in the line of code_review and was not rung yet" in told(id)


def test_a_broker_that_does_not_answer_is_told_with_what_follows(
    submitted: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = submitted()
    errands.flush()
    monkeypatch.setattr(broker, "waiting", lambda queue: None)
    assert "its queue code_review cannot be asked: the broker does not answer" in told(id)
