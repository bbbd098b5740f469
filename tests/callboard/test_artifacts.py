"""Files of operations: kept once per content, replaced by name, read back whole."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from callboard import artifacts, db
from callboard.artifacts import NewArtifact
from callboard.errors import ArtifactNotFoundError
from callboard.models import Blob


def keep(id: str, *files: NewArtifact) -> None:
    with db.transaction() as session:
        artifacts.keep(session, UUID(id), files)


def test_files_are_listed_by_name_without_their_bytes(submitted: Callable[..., str]) -> None:
    id = submitted()
    keep(id, NewArtifact("log.txt", b"one"), NewArtifact("junit.xml", b"<x/>", "application/xml"))
    with db.transaction() as session:
        found = artifacts.listed(session, UUID(id))
    assert [(row.name, row.size, row.media_type) for row in found] == [
        ("junit.xml", 4, "application/xml"),
        ("log.txt", 3, "application/octet-stream"),
    ]


def test_the_same_content_is_kept_once(submitted: Callable[..., str]) -> None:
    for _ in range(2):
        keep(submitted(), NewArtifact("a", b"same"), NewArtifact("b", b"same"))
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Blob)) == 1


def test_a_later_attempt_replaces_a_file_of_the_same_name(submitted: Callable[..., str]) -> None:
    id = submitted()
    keep(id, NewArtifact("log.txt", b"first"))
    keep(id, NewArtifact("log.txt", b"second", "text/plain"))
    with db.transaction() as session:
        row, content = artifacts.read(session, UUID(id), "log.txt")
    assert (row.media_type, row.size, content) == ("text/plain", 6, b"second")


def test_a_file_that_is_not_there_is_refused_by_name(submitted: Callable[..., str]) -> None:
    id = submitted()
    with pytest.raises(ArtifactNotFoundError, match=r"has no artifact 'nothing'"), db.transaction() as session:
        artifacts.read(session, UUID(id), "nothing")


def test_two_that_keep_the_same_files_in_another_order_do_not_block_each_other(
    submitted: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    files = [NewArtifact(str(number), str(number).encode() * 1000) for number in range(40)]
    one, two = submitted(), submitted()
    for _ in range(5):
        assert race(lambda: keep(one, *files), lambda: keep(two, *files[::-1])) == [None, None]
