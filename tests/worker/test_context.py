"""What a handler can do with its context, whether or not anybody watches."""

import logging
from pathlib import Path

import pytest

from worker.context import Context, WorkingAgent


@pytest.fixture
def context() -> Context:
    return Context("1", 1, "shop", WorkingAgent("tester", "Tester", {}), logging.getLogger("test"))


def test_it_should_stop_once_its_attempt_is_told_to(context: Context) -> None:
    assert not context.cancelled
    context.stop.set()
    assert context.cancelled


def test_progress_may_be_told_where_nobody_watches(context: Context) -> None:
    context.progress(1, 2, "half")


@pytest.mark.parametrize("kind", ["text", "bytes", "file"])
def test_an_artifact_is_a_text_bytes_or_a_file(context: Context, tmp_path: Path, kind: str) -> None:
    (tmp_path / "report").write_bytes("größe".encode())
    context.artifact("report", {"text": "größe", "bytes": "größe".encode(), "file": tmp_path / "report"}[kind])
    assert context.artifacts["report"].content == "größe".encode()


def test_a_later_artifact_of_a_name_takes_the_place_of_the_one_before(context: Context) -> None:
    context.artifact("report", "first")
    context.artifact("report", "second", "text/plain")
    assert [(item.content, item.media_type) for item in context.artifacts.values()] == [(b"second", "text/plain")]
