"""The one server: Starlette for what waits and streams, Flask beside it for all the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp

from callboard.settings import Settings, current
from web import API, create_app, logs
from web.bodies import FlaskBridge
from web.dashboard import Dashboard
from web.edge import Edge
from web.health import healthz, readyz
from web.hub import Hub
from web.live import Live, ServerSentEvents, needs_upgrade, no_socket
from web.metrics import metrics
from web.wait import Waiting


def build(settings: Settings) -> ASGIApp:
    """The ASGI application of these settings; its hub lives as long as the server."""
    hub = Hub(settings.redis_url)
    flask = FlaskBridge(create_app(settings), settings.body_bytes)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        running = asyncio.create_task(hub.run())
        yield
        running.cancel()
        await asyncio.wait({running})

    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        WebSocketRoute(f"{API}/live", Live(hub)),
        Route(f"{API}/live", needs_upgrade),
        Route(f"{API}/operations/{{operation_id}}", Waiting(hub, flask), methods=["GET"]),
        Route(f"{API}/projects/{{project_id}}/events", ServerSentEvents(hub, flask), methods=["GET"]),
        WebSocketRoute("/{path:path}", no_socket),
        Mount("/", Dashboard(flask)),
    ]
    return Edge(Router(routes, lifespan=lifespan))


def __getattr__(name: str) -> Any:
    # `app` is made when uvicorn asks for it: importing this module opens nothing.
    if name == "app":
        logs.configure(current().log_level)
        return build(current())
    raise AttributeError(name)
