"""The few pages made here: one for where no dashboard is built, the API's, and the browser's way in and out."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, render_template, request

from callboard import keys
from callboard.db import transaction
from callboard.errors import InvalidError, UnauthorizedError
from web import auth, incoming
from web.dashboard import prefix

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


@blueprint.get("/")
def start() -> str:
    """Says where everything is, and how the dashboard is built; a built one is served instead."""
    return render_template("start.html")


@blueprint.get("/docs")
def docs() -> str:
    """The OpenAPI document as a page."""
    app: Any = current_app
    return render_template("docs.html", spec=app._get_spec("json"))


@blueprint.get("/login")
def login() -> Response:
    """Turns a one-use ticket into a session cookie; a browser with an old one is told where it may sign in."""
    start = f"{prefix(auth.sent_headers(), request.script_root)}/"
    try:
        with transaction() as session:
            token = keys.redeem(session, request.args.get("ticket", ""))
    except UnauthorizedError as error:
        if "text/html" not in request.headers.get("Accept", ""):
            raise
        return Response(render_template("refused.html", told=str(error), start=start), 401, mimetype="text/html")
    return _signed_in(Response(status=303, headers={"Location": start}), token)


@blueprint.post("/login")
def exchange() -> Response:
    """Turns an API key into a session cookie, so that the browser need not keep the key."""
    auth.require_same_origin(auth.sent_headers())
    incoming.require_json()
    body = request.get_json()
    key = body.get("key") if isinstance(body, dict) else None
    if not isinstance(key, str):
        raise InvalidError('The body must be {"key": "..."} with an API key')
    with transaction() as session:
        token = keys.redeem(session, keys.ticket(session, key))
    return _signed_in(Response(status=204), token)


@blueprint.post("/logout")
def logout() -> Response:
    """Ends the browser's session."""
    auth.require_same_origin(auth.sent_headers())
    token = request.cookies.get(auth.COOKIE, "")
    with transaction() as session:
        keys.sign_out(session, token)
    auth.forget(token)
    answer = Response(status=204)
    answer.delete_cookie(auth.COOKIE, httponly=True, samesite="Lax")
    return answer


def _signed_in(answer: Response, token: str) -> Response:
    answer.set_cookie(
        auth.COOKIE,
        token,
        max_age=keys.SESSION_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer
