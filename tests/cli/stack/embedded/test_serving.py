import os
from pathlib import Path

import pytest

from callboard.errors import StartError
from cli.stack.embedded import serving as serving_module
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.serving import serving, started
from cli.stack.embedded.valkey import Valkey
from cli.stack.program import Program


def test_a_server_is_gone_after_its_block(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    with serving(valkey) as process:
        assert valkey.answers()
    assert process.poll() == 0
    assert not valkey.answers()


def test_a_server_that_ends_before_it_answers_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(StartError, match="postgres ended with 1 before it answered"),
        serving(Postgres(tmp_path / "postgres"), "--no-such-setting=1"),
    ):
        pass


def test_a_server_that_does_not_answer_in_time_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "_PATIENCE_SECONDS", 0)
    with (
        pytest.raises(StartError, match="sleeper does not answer within 0 s"),
        started(Program("sleeper", ("sleep", "60"), tmp_path, {"PATH": os.defpath}), lambda: False),
    ):
        pass
