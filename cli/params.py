"""Parameters from the command line: `name=text`, `name:=json` and `@file`."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from callboard.errors import InvalidParametersError


def parse(given: Iterable[str]) -> dict[str, Any]:
    """The parameters, later ones winning. Raises InvalidParametersError naming what cannot be read."""
    parameters: dict[str, Any] = {}
    for text in given:
        parameters |= _from_file(text[1:]) if text.startswith("@") else _pair(text)
    return parameters


def _pair(text: str) -> dict[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name.rstrip(":"):
        raise InvalidParametersError(f"{text!r} is no parameter; write name=text, name:=json or @file")
    if not name.endswith(":"):
        return {name: value}
    try:
        return {name[:-1]: json.loads(value)}
    except ValueError as error:
        raise InvalidParametersError(f"{value!r} in {text!r} is not JSON: {error}") from error


def _from_file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        read = json.loads(text)
    except OSError as error:
        raise InvalidParametersError(f"The parameter file {name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InvalidParametersError(f"The parameter file {name} is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise InvalidParametersError(f"The parameter file {name} must hold a JSON object, not {type(read).__name__}")
    return read
