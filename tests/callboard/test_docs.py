"""What the documents show of Python runs as it stands there."""

import re
from pathlib import Path

import pytest

HTTP_API = Path(__file__).parents[2] / "docs" / "http-api.md"


def test_the_services_are_used_as_shown(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    [shown] = re.findall(r"```python\n(.*?)```", HTTP_API.read_text(encoding="utf-8"), re.DOTALL)
    exec(shown, {})
    accepted, newest = capsys.readouterr().out.splitlines()
    assert accepted.endswith(" pending")
    assert newest == "[('code_review', None)]"
