"""Text that came from elsewhere, made harmless for a terminal."""

from typing import Any


def plain(value: Any) -> str:
    """The text on one line, with every control character made visible: no project writes to a terminal's controls."""
    text = " ".join(str("" if value is None else value).splitlines())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
