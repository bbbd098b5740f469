"""The few pages that are made here: the start page, the API's description, and the browser's way in and out."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, redirect, render_template, request

from callboard import keys
from callboard.db import transaction
from web import auth

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


@blueprint.get("/")
def start() -> str:
    """Says where everything is."""
    return render_template("start.html")


@blueprint.get("/docs")
def docs() -> str:
    """The OpenAPI document as a page."""
    app: Any = current_app
    return render_template("docs.html", spec=app._get_spec("json"))


@blueprint.get("/login")
def login() -> Any:
    """Turns a one-use ticket into a session cookie."""
    with transaction() as session:
        token = keys.redeem(session, request.args.get("ticket", ""))
    answer = redirect("/", 303)
    answer.set_cookie(
        auth.COOKIE,
        token,
        max_age=keys.SESSION_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


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
