"""Stacks: copies of one template that run side by side."""

import json
from pathlib import Path

from faults.stack import copied


def test_two_copies_of_a_template_listen_on_ports_of_their_own(template: tuple[Path, str], tmp_path: Path) -> None:
    copies = [copied(template[0], tmp_path / name) for name in ("one", "two")]
    told = [json.loads(file.read_text()) for each in copies for file in sorted(each.glob("*/endpoint.json"))]
    assert len({endpoint["port"] for endpoint in told}) == len(told) == 4
    assert len({endpoint["password"] for endpoint in told}) == 2
