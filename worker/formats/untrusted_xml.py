"""Parses XML that hostile code may have written: no DOCTYPE, so no entities, and no more than a given size."""

from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from callboard.errors import CapabilityError
from worker.confined import REPORT_BYTES

CHUNK = 64 * 1024


class _NoDoctype(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise CapabilityError("The XML report has a DOCTYPE, which is refused; write it without one.")


def parse_xml(data: bytes) -> Element:
    """The root element. Raises CapabilityError where `data` is too large, has a DOCTYPE or is not well-formed."""
    if len(data) > REPORT_BYTES:
        raise CapabilityError(f"The XML report has {len(data)} bytes; at most {REPORT_BYTES} are read.")
    parser: XMLParser[Element] = XMLParser(target=_NoDoctype())
    try:
        # In small pieces, so that a refused DOCTYPE ends the parsing before anything after it is expanded.
        for start in range(0, len(data), CHUNK):
            parser.feed(data[start : start + CHUNK])
        return parser.close()
    except ParseError as error:
        raise CapabilityError(f"The report is no well-formed XML: {error}") from error
