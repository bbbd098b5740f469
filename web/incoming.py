"""Refuses what no view should see: bodies that are not JSON, and text that PostgreSQL cannot hold."""

import json
import math
import re
from typing import Any

from flask import abort, request
from flask.json.provider import DefaultJSONProvider

from callboard.errors import InvalidError

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class StrictJSON(DefaultJSONProvider):
    """JSON without NaN, infinite numbers, NUL characters and lone surrogates."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value; raises ValueError for what is no JSON, or InvalidError for what could not be stored."""
        try:
            value = json.loads(s)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        require_storable(value, "The body")
        return value


def require_json() -> None:
    """Aborts with 415 where a body comes as something else than JSON."""
    if request.content_length and not request.is_json:
        abort(415)


def require_storable(value: Any, where: str) -> None:
    """Raises InvalidError where the value holds what JSON in PostgreSQL cannot."""
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise InvalidError(f"{where} holds a NUL character or half of a surrogate pair; leave it out")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidError(f"{where} holds a number that is not finite; give a finite one")
    parts: Any = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        parts = [part for pair in value.items() for part in pair]
    for part in parts:
        require_storable(part, where)
