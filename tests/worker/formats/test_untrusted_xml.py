"""Tests of parsing XML that hostile code may have written."""

import pytest

from callboard.errors import CapabilityError
from worker.formats import untrusted_xml
from worker.formats.untrusted_xml import parse_xml

LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


def test_elements_and_text_are_read() -> None:
    assert parse_xml(b"<a><b>text</b></a>").findtext("b") == "text"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_in_any_encoding(encoding: str) -> None:
    with pytest.raises(CapabilityError, match="DOCTYPE"):
        parse_xml(LAUGHS.encode(encoding))


@pytest.mark.parametrize("data", [b"", b"hello", b"<a>", b"<a>&b;</a>", b"\xff\xfe\x00"])
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(CapabilityError, match="no well-formed XML"):
        parse_xml(data)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_xml, "REPORT_BYTES", 10)
    with pytest.raises(CapabilityError, match="at most 10 are read"):
        parse_xml(b"<a>12345</a>")
