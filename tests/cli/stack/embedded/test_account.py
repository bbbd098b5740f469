"""As whom PostgreSQL runs, by who asks and what the machine allows."""

import os
from pathlib import Path

import pytest

from callboard.errors import StartError
from cli.stack.embedded import account
from cli.stack.embedded.account import NOBODY, Account, choose

NAMELESS = 61234


@pytest.fixture
def without_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_NAMESPACE", ("no-such-program",))


def asked_by(uid: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    return choose(Path("/bin/true"), folder)


def test_an_ordinary_user_runs_it_as_oneself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_by(1, tmp_path, monkeypatch) == Account(owner=1)


@pytest.mark.usefixtures("without_namespaces")
def test_root_without_user_namespaces_runs_it_as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_by(0, tmp_path, monkeypatch) == Account(owner=NOBODY, uid=NOBODY)


@pytest.mark.usefixtures("without_namespaces")
def test_a_user_without_a_name_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StartError, match="start this as an ordinary user"):
        asked_by(NAMELESS, tmp_path, monkeypatch)
