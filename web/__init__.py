"""Speaks HTTP: the Flask API, the live frames beside it, and the one server for both."""

from functools import partial
from importlib import import_module
from pkgutil import iter_modules

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, request

from callboard.settings import Settings
from web import api, auth, incoming, openapi, pages, problems

API = "/api/v1"


def create_app(settings: Settings) -> APIFlask:
    """The Flask application: every blueprint of `web.api`, the pages, and problems for all errors."""
    app = APIFlask(__name__, title="Callboard", version="1", docs_path=None, json_errors=False)
    app.json = incoming.StrictJSON(app)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.body_bytes,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_SERVERS=False,
        SECURITY_SCHEMES={"key": {"type": "http", "scheme": "bearer"}},
    )
    for module in iter_modules(api.__path__):
        app.register_blueprint(import_module(f"{api.__name__}.{module.name}").blueprint, url_prefix=API)
    app.register_blueprint(pages.blueprint)
    app.before_request(_admit)
    for kind in (Exception, HTTPError):
        app.register_error_handler(kind, _problem)
    app.spec_processor(partial(openapi.finished, app))
    return app


def _admit() -> None:
    if request.path.startswith(f"{API}/"):
        auth.authenticate()
        incoming.require_json()


def _problem(error: Exception) -> Response:
    rendered = problems.render(error, f"{request.method} {request.path}")
    return Response(rendered.body, rendered.status, rendered.headers)
