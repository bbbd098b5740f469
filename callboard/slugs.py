"""Readable ids of projects and agents."""

import re

from callboard.errors import InvalidError

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def slug(name: str) -> str:
    """An id made of a name: lower-case letters, digits, - and _. Raises InvalidError where nothing is left."""
    made = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")[:63]
    if not SLUG.fullmatch(made):
        raise InvalidError(
            f"No id can be made of the name {name!r}; give an id of lower-case letters, digits and -", field="id"
        )
    return made


def checked_slug(id: str) -> str:
    """The id itself. Raises InvalidError where it is no slug."""
    if not SLUG.fullmatch(id):
        raise InvalidError(
            f"The id {id!r} must be lower-case letters, digits, - or _, at most 63, starting with one of the first two",
            field="id",
        )
    return id
