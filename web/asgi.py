"""The one server: Starlette for what waits and streams, Flask beside it for all the rest."""

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from callboard.settings import Settings, current
from web import create_app
from web.bodies import FlaskBridge
from web.edge import Edge
from web.health import healthz, readyz
from web.metrics import metrics


def build(settings: Settings) -> ASGIApp:
    """The ASGI application of these settings."""
    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Mount("/", FlaskBridge(create_app(settings), settings.body_bytes)),
    ]
    return Edge(Starlette(routes=routes))


def __getattr__(name: str) -> Any:
    if name == "app":
        return build(current())
    raise AttributeError(name)
