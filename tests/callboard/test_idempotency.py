"""One operation per Idempotency-Key."""

import pytest
from sqlalchemy import func, select

from callboard import idempotency
from callboard.agents import AgentService
from callboard.db import transaction
from callboard.errors import AgentNotFoundError, IdempotencyMismatchError, InvalidError
from callboard.models import IdempotencyKey, Operation
from callboard.operations import Request


def submit_once(key: str, *, caller: str = "me", agent: str = "reviewer") -> tuple[Operation, bool]:
    body = {"agent_id": agent, "capability": "testing"}
    with transaction() as session:
        claim = idempotency.claim(caller, key, "shop", body)
        wanted = Request("shop", agent, "testing")
        return idempotency.once(session, claim, lambda: AgentService(session).submit(wanted))


def test_a_repeated_submit_answers_the_same_operation(shop: str) -> None:
    first, second = submit_once("k"), submit_once("k")
    assert (first[1], second[1]) == (False, True)
    assert first[0].id == second[0].id


def test_another_caller_may_use_the_same_key(shop: str) -> None:
    assert submit_once("k")[0].id != submit_once("k", caller="you")[0].id


def test_a_key_is_not_for_another_request(shop: str) -> None:
    submit_once("k")
    with pytest.raises(IdempotencyMismatchError, match="'k' was used before"):
        submit_once("k", agent="tester")


def test_a_refused_submit_stores_nothing(shop: str) -> None:
    with pytest.raises(AgentNotFoundError):
        submit_once("k", agent="nobody")
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(key: str) -> None:
    with pytest.raises(InvalidError, match="1 to 255"):
        idempotency.claim("me", key, "shop", {})
