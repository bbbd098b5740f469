"""API keys: roles, limits, ends; tickets that work once; and nothing in plain."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import db, keys
from callboard.errors import CallboardError, ForbiddenError, InvalidError, NotFoundError, UnauthorizedError
from callboard.keys import ROLES, Caller


def test_a_key_is_known_by_its_secret(session: Session) -> None:
    key = keys.create(session, name="ci", role="submit", projects=["shop"])
    caller = keys.authenticate(session, key)
    assert (caller.name, caller.role, caller.projects) == ("ci", "submit", ("shop",))
    assert key.startswith(f"cb_{caller.id}_")


@pytest.mark.parametrize("wrong", ["", "cb", "cb__", "xx{key}", "{key}x", "cb_000000000000_{secret}", "é"])
def test_any_other_key_is_refused_without_repeating_it(session: Session, wrong: str) -> None:
    key = keys.create(session, name="ci")
    secret = key.split("_", 2)[2]
    with pytest.raises(UnauthorizedError) as refused:
        keys.authenticate(session, wrong.format(key=key, secret=secret))
    assert secret not in str(refused.value)


def test_a_key_of_no_known_role_is_not_made(session: Session) -> None:
    with pytest.raises(InvalidError, match="role 'root'"):
        keys.create(session, name="x", role="root")


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    for place, role in enumerate(ROLES):
        caller = Caller("id", "name", role)
        for needed in ROLES[: place + 1]:
            caller.require(needed)
        for needed in ROLES[place + 1 :]:
            with pytest.raises(ForbiddenError, match=f"needs '{needed}'"):
                caller.require(needed)


def test_a_key_is_for_its_projects_only() -> None:
    caller = Caller("id", "name", "admin", ("shop",))
    caller.require("submit", "shop")
    with pytest.raises(ForbiddenError, match="not for project 'other'"):
        caller.require("read", "other")
    assert Caller("id", "name", "read").sees("any")
    assert not Caller("id", "name", "read", ()).sees("any")


def test_a_revoked_key_and_its_browser_sessions_end(session: Session) -> None:
    key = keys.create(session, name="ci")
    browser = keys.redeem(session, keys.ticket(session, key))
    caller = keys.authenticate(session, key)
    keys.revoke(session, caller.id)
    for refused in (lambda: keys.authenticate(session, key), lambda: keys.signed_in(session, browser)):
        with pytest.raises(UnauthorizedError):
            refused()
    with pytest.raises(NotFoundError):
        keys.revoke(session, caller.id)


def test_an_expired_key_is_refused_and_so_are_its_sessions(session: Session) -> None:
    key = keys.create(session, name="ci")
    browser = keys.redeem(session, keys.ticket(session, key))
    session.execute(text("UPDATE api_keys SET expires_at = now()"))
    with pytest.raises(UnauthorizedError):
        keys.authenticate(session, key)
    with pytest.raises(UnauthorizedError):
        keys.signed_in(session, browser)


def test_a_ticket_signs_in_once_and_the_session_lasts_until_signed_out(session: Session) -> None:
    ticket = keys.ticket(session, keys.create(session, name="ci", role="read"))
    browser = keys.redeem(session, ticket)
    assert keys.signed_in(session, browser).role == "read"
    with pytest.raises(UnauthorizedError):
        keys.redeem(session, ticket)
    keys.sign_out(session, browser)
    keys.sign_out(session, browser)
    with pytest.raises(UnauthorizedError):
        keys.signed_in(session, browser)


def test_a_ticket_is_no_session_and_a_session_no_ticket(session: Session) -> None:
    ticket = keys.ticket(session, keys.create(session, name="ci"))
    with pytest.raises(UnauthorizedError):
        keys.signed_in(session, ticket)
    browser = keys.redeem(session, ticket)
    with pytest.raises(UnauthorizedError):
        keys.redeem(session, browser)


def test_an_old_ticket_is_refused(session: Session) -> None:
    ticket = keys.ticket(session, keys.create(session, name="ci"))
    session.execute(text("UPDATE sign_ins SET expires_at = now()"))
    with pytest.raises(UnauthorizedError):
        keys.redeem(session, ticket)


def test_a_ticket_works_for_one_of_many_at_once(database: dict[str, str], race: Callable[..., list[Any]]) -> None:
    with db.transaction() as session:
        ticket = keys.ticket(session, keys.create(session, name="ci"))

    def redeem() -> str:
        with db.transaction() as session:
            return keys.redeem(session, ticket)

    assert sum(not isinstance(answer, CallboardError) for answer in race(*[redeem] * 8)) == 1


def test_nothing_is_stored_in_plain(session: Session) -> None:
    key = keys.create(session, name="ci")
    ticket = keys.ticket(session, key)
    browser = keys.redeem(session, keys.ticket(session, key))
    stored = str(session.execute(text("SELECT k::text, s::text FROM api_keys k, sign_ins s")).all())
    for secret in (key.split("_", 2)[2], ticket, browser):
        assert secret not in stored
