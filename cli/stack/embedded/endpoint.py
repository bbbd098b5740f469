"""Where an embedded server listens and with which password: made once, remembered beside its data."""

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from cli.stack import ports, private


@dataclass(frozen=True)
class Endpoint:
    """A port of 127.0.0.1 and the password that opens it."""

    port: int
    password: str = field(repr=False)


def remember(file: Path) -> Endpoint:
    """The endpoint kept in `file`, made if there is none; a port that someone else took meanwhile is replaced."""
    if file.exists():
        endpoint = Endpoint(**json.loads(file.read_text(encoding="utf-8")))
    else:
        endpoint = Endpoint(ports.pick(), secrets.token_hex(24))
    if not ports.is_free(endpoint.port):
        endpoint = replace(endpoint, port=ports.pick())
    private.write(file, json.dumps(asdict(endpoint)))
    return endpoint
