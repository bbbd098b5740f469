"""What a fault is, and how the functions that inject one are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from faults import rows

if TYPE_CHECKING:
    from faults.trial import Trial


class BrokenPromiseError(AssertionError):
    """A promise beyond lost and doubled did not hold, in one sentence."""


class SkippedError(Exception):
    """This machine cannot inject the fault; the sentence says what it lacks."""


@dataclass(frozen=True)
class Fault:
    """A row of the matrix: its number, what is broken, how, and what the stack needs for it."""

    name: str
    title: str
    inject: Callable[["Trial"], None]
    means: str = ""
    through: frozenset[str] = frozenset()
    workers: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    app: str = "web.asgi:app"


_found: dict[str, Fault] = {}


def fault(
    name: str,
    title: str,
    *,
    means: str,
    through: tuple[str, ...] = (),
    workers: int = 2,
    settings: Mapping[str, str] | None = None,
    app: str = "web.asgi:app",
) -> Callable[[Callable[["Trial"], None]], Callable[["Trial"], None]]:
    """Marks the function that injects a fault.

    `through` names the servers (`postgres`, `valkey`, `web`) that are reached through a proxy; `settings` are the
    children's own beside the shipped ones; `app` is the web application that uvicorn serves.
    """

    def mark(inject: Callable[["Trial"], None]) -> Callable[["Trial"], None]:
        _found[name] = Fault(
            name, title, inject, means, frozenset(through), workers=workers, settings=settings or {}, app=app
        )
        return inject

    return mark


def discover() -> dict[str, Fault]:
    """Every fault by its name, in the order of the matrix."""
    for module in iter_modules(rows.__path__):
        import_module(f"{rows.__name__}.{module.name}")
    return dict(sorted(_found.items(), key=lambda item: (int("".join(filter(str.isdigit, item[0]))), item[0])))
