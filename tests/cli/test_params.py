from pathlib import Path

import pytest

from callboard.errors import InvalidParametersError
from cli import params


def test_text_json_and_files_become_one_object(tmp_path: Path) -> None:
    file = tmp_path / "more.json"
    file.write_text('{"paths": ["src"], "mark": "old"}')
    assert params.parse([f"@{file}", "mark=a=b", "deep:=true", "empty="]) == {
        "paths": ["src"],
        "mark": "a=b",
        "deep": True,
        "empty": "",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mark", "'mark' is no parameter; write name=text, name:=json or @file"),
        ("=value", "is no parameter"),
        (":=1", "is no parameter"),
        ("deep:=yes", "'yes' in 'deep:=yes' is not JSON"),
        ("@/no/such/file", "/no/such/file cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, told: str) -> None:
    with pytest.raises(InvalidParametersError, match=told):
        params.parse([text])


@pytest.mark.parametrize(("content", "told"), [("[1]", "must hold a JSON object, not list"), ("{", "is not JSON")])
def test_a_file_must_hold_an_object(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "file.json").write_text(content)
    with pytest.raises(InvalidParametersError, match=told):
        params.parse([f"@{tmp_path / 'file.json'}"])
