"""One attempt: what a handler does becomes exactly one record, whatever it does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from pydantic import BaseModel
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from callboard import artifacts, attempts, db, operations
from callboard.agents import AgentService
from callboard.capabilities import NoParameters, Result, capability
from callboard.errors import CapabilityError, OperationTimeoutError, SourceUnavailableError, UnavailableError
from callboard.models import Operation, Project
from worker import patience
from worker.executor import Ending, How, execute
from worker.intelligence import CoreIntelligence
from worker.message import Message

Perform = Callable[..., Ending]


@pytest.fixture
def folder(shop: str, tmp_path: Path) -> Path:
    """The project's files."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "main.py").write_text("print('hello')\n")
    with db.transaction() as session:
        session.execute(update(Project).where(Project.id == shop).values(source={"path": str(folder)}))
    return folder


@pytest.fixture
def perform(folder: Path, submitted: Callable[..., str]) -> Perform:
    """Executes one attempt with this function as the handler of `code_review`; submits an operation where none is."""

    def run(
        handler: Callable[..., Any], id: str | None = None, *, attempt: int = 1, model: Any = NoParameters
    ) -> Ending:
        offered = capability("code_review", version="7", parameters=model)(handler)
        message = Message(id or submitted(), attempt, "code_review", "one@test")
        return execute(message, CoreIntelligence({"code_review": offered}))

    return run


class OddError(CapabilityError):
    reason = "a reason that Callboard does not know"


def raising(error: BaseException) -> Callable[..., Any]:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        raise error

    return handler


def ended(ending: Ending) -> tuple[How, str, str | None]:
    assert ending.operation is not None
    return ending.how, ending.operation.status, ending.operation.reason


def test_a_result_is_recorded_with_what_it_stands_on(perform: Perform) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        return Result(verdict="pass", summary=(workspace.path / "main.py").read_text())

    ending = perform(handler)

    assert ended(ending) == (How.COMPLETED, "completed", None)
    row = ending.operation
    assert row is not None
    assert row.result is not None
    assert (row.result["summary"], row.capability_version) == ("print('hello')\n", "7")
    assert row.sandbox in ("bubblewrap", "landlock")


def test_the_log_tells_the_checkout_and_the_sentence_of_a_failure(perform: Perform) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        raise SourceUnavailableError(f"nothing fits in {len(workspace.files())} file")

    ending = perform(handler)

    assert ending.operation is not None
    with db.transaction() as session:
        lines = artifacts.read(session, ending.operation.id, "log.txt")[1].decode().splitlines()
    assert [line.partition(" INFO ")[2] or line.partition(" ERROR ")[2] for line in lines] == [
        "checked out no commit",
        "nothing fits in 1 file",
    ]


def test_the_files_and_the_log_of_a_failed_attempt_are_kept(perform: Perform) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        context.artifact("report.txt", "half of it", "text/plain")
        raise RuntimeError("and then the rest")

    ending = perform(handler)

    assert ended(ending) == (How.RETRIED, "pending", None)
    assert ending.operation is not None
    with db.transaction() as session:
        assert artifacts.read(session, ending.operation.id, "report.txt")[1] == b"half of it"
        assert b"RuntimeError: and then the rest" in artifacts.read(session, ending.operation.id, "log.txt")[1]


@pytest.mark.parametrize(
    ("error", "how", "told"),
    [
        (ValueError("wrong"), How.RETRIED, "ValueError: wrong"),
        (ValueError("odd \0 and \ud800"), How.RETRIED, "ValueError: odd � and ?"),
        (SystemExit(3), How.RETRIED, "The handler exited with 3"),
        (SoftTimeLimitExceeded(), How.RETRIED, "It ran longer than its limit of 300 s"),
        (SourceUnavailableError("gone"), How.FAILED, "gone"),
        (OperationTimeoutError("npm did not end within 2 seconds"), How.RETRIED, "npm did not end within 2 seconds"),
        (OddError("of my own"), How.RETRIED, "of my own"),
    ],
)
def test_whatever_a_handler_raises_becomes_a_sentence(
    perform: Perform, error: BaseException, how: How, told: str
) -> None:
    ending = perform(raising(error))

    assert ending.operation is not None
    assert (ending.how, ending.operation.error) == (how, told)


def test_the_last_try_fails_for_good(perform: Perform, submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        session.execute(update(Operation).where(Operation.id == id).values(max_tries=1))

    assert ended(perform(raising(ValueError("wrong")), id)) == (How.FAILED, "failed", "error")


def test_a_signal_that_ends_the_process_leaves_the_attempt_to_its_sender(
    perform: Perform, submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = submitted()

    with pytest.raises(SystemExit):
        perform(raising(SystemExit(-241)), id)

    assert stored(id).status == "running"


def test_an_answer_that_is_no_result_fails(perform: Perform) -> None:
    ending = perform(lambda workspace, parameters, context: {"verdict": "pass"})

    assert ending.operation is not None
    assert ending.operation.error == "The handler of code_review answered dict instead of a Result"


def test_parameters_that_fit_no_longer_fail_at_once(perform: Perform) -> None:
    class Parameters(BaseModel):
        depth: int

    ending = perform(lambda workspace, parameters, context: Result(), model=Parameters)

    assert ended(ending) == (How.FAILED, "failed", "invalid_parameters")
    assert ending.operation is not None
    assert ending.operation.error == "The parameters do not fit code_review, version 7: depth: Field required"


def test_another_version_runs_where_the_parameters_fit_it_and_is_recorded(
    perform: Perform, submitted: Callable[..., str]
) -> None:
    id = submitted()
    with db.transaction() as session:
        assert operations.get(session, id).capability_version == "1"

    ending = perform(lambda workspace, parameters, context: Result(), id)

    assert ending.operation is not None
    assert (ending.operation.status, ending.operation.capability_version) == ("completed", "7")


def test_a_withdrawn_grant_is_noticed_before_the_handler_runs(perform: Perform, submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        AgentService(session).unassign("reviewer", "shop")

    assert ended(perform(raising(AssertionError), id)) == (How.FAILED, "failed", "not_granted")


def test_a_source_that_is_gone_fails_at_once(perform: Perform, folder: Path) -> None:
    (folder / "main.py").unlink()
    folder.rmdir()

    ending = perform(lambda workspace, parameters, context: Result(summary=str(workspace.path)))

    assert ended(ending) == (How.FAILED, "failed", "source_unavailable")


@pytest.mark.parametrize("id", ["no-id", "00000000-0000-0000-0000-000000000000"])
def test_a_message_for_no_operation_is_dropped(perform: Perform, id: str) -> None:
    assert perform(raising(AssertionError), id) == Ending(How.DROPPED)


def test_a_second_message_for_an_attempt_is_dropped(perform: Perform, running: Callable[..., str]) -> None:
    assert perform(raising(AssertionError), running()) == Ending(How.DROPPED)


def test_a_message_for_an_operation_that_was_cancelled_while_it_waited_tells_so(
    perform: Perform, submitted: Callable[..., str]
) -> None:
    id = submitted()
    with db.transaction() as session:
        operations.cancel(session, id)

    assert ended(perform(raising(AssertionError), id)) == (How.CANCELLED, "cancelled", None)


def test_an_attempt_that_was_taken_away_writes_nothing(perform: Perform, stored: Callable[[str], Operation]) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        with db.transaction() as session:
            attempts.release(session, context.operation_id, context.attempt)
        return Result(verdict="pass")

    ending = perform(handler)

    assert ending.how is How.LOST
    assert ending.operation is not None
    row = stored(str(ending.operation.id))
    assert (row.status, row.result, row.verdict) == ("pending", None, None)


def test_a_handler_that_answers_because_it_was_cancelled_has_no_result(perform: Perform) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        with db.transaction() as session:
            operations.cancel(session, context.operation_id)
        assert context.stop.wait(10)
        return Result(summary="half")

    ending = perform(handler)

    assert ended(ending) == (How.CANCELLED, "cancelled", None)
    assert ending.operation is not None
    assert ending.operation.result is None


def test_a_handler_that_answers_after_its_time_has_timed_out(perform: Perform) -> None:
    def handler(workspace: Any, parameters: Any, context: Any) -> Result:
        with db.transaction() as session:
            session.execute(update(Operation).values(deadline_at=text("now() - interval '1 s'")))
        assert context.stop.wait(10)
        return Result(summary="half")

    ending = perform(handler)

    assert ended(ending) == (How.RETRIED, "pending", None)
    assert ending.operation is not None
    assert (ending.operation.tries, ending.operation.result) == (1, None)


def test_a_record_outlives_a_short_absence_of_the_database(perform: Perform, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = iter([UnavailableError("away"), SoftTimeLimitExceeded()])
    complete = attempts.complete

    def sometimes(*given: Any) -> Operation:
        if error := next(absent, None):
            raise error
        return complete(*given)

    monkeypatch.setattr(patience, "PAUSES", (0, 0, 0))
    monkeypatch.setattr(attempts, "complete", sometimes)

    assert ended(perform(lambda workspace, parameters, context: Result())) == (How.COMPLETED, "completed", None)


def test_an_end_whose_answer_was_lost_is_told_as_it_is_stored(
    perform: Perform, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = attempts.complete

    def unheard(_: Session, *given: Any) -> None:
        with db.transaction() as session:
            complete(session, *given)
        raise UnavailableError("the answer to COMMIT is lost")

    monkeypatch.setattr(patience, "PAUSES", (0,))
    monkeypatch.setattr(attempts, "complete", unheard)

    ending = perform(lambda workspace, parameters, context: Result(verdict="pass"))

    assert ended(ending) == (How.COMPLETED, "completed", None)
