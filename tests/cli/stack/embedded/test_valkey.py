from pathlib import Path

import pytest
import redis

from cli.stack.embedded.serving import serving
from cli.stack.embedded.valkey import Valkey


@pytest.fixture
def valkey(tmp_path: Path) -> Valkey:
    return Valkey(tmp_path / "data with spaces" / "valkey")


def test_what_it_was_given_survives_a_kill(valkey: Valkey) -> None:
    with serving(valkey) as process, redis.Redis.from_url(valkey.url) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
        process.kill()
        process.wait()
    with serving(Valkey(valkey.folder)), redis.Redis.from_url(valkey.url) as client:
        assert client.get("kept") == b"yes"


def test_a_wrong_password_is_refused(valkey: Valkey) -> None:
    valkey.prepare()
    stranger = redis.Redis.from_url(valkey.url.replace("//:", "//:wrong"))
    with serving(valkey), stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_it_never_forgets_work_for_want_of_memory(valkey: Valkey) -> None:
    with serving(valkey), redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_its_password_is_on_no_command_line_and_in_a_private_file(valkey: Valkey) -> None:
    program = valkey.prepare()
    assert program.argv[1:] == ("valkey.conf",)
    assert (valkey.folder / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_a_port_that_somebody_took_meanwhile_is_replaced(valkey: Valkey) -> None:
    with serving(valkey):
        other = Valkey(valkey.folder)
        other.prepare()
        assert other.url != valkey.url
