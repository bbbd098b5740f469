"""`callboard signin`: one more link for a browser; works on the database, so it needs the server's settings."""

import typer

from callboard.errors import SettingsError
from cli.api import connection
from cli.options import AsJson
from cli.stack.signin import link
from cli.terminal import show


def signin(*, as_json: AsJson = False) -> None:
    """Print a link that signs a browser in once, in the name of the API key that commands use."""
    connection.adopt_running()
    found = connection.find()
    if found.key is None:
        raise SettingsError("no API key is known; set CALLBOARD_API_KEY, or start `callboard up`")
    address = link(found.url, found.key)
    if as_json:
        show.print_json({"sign_in": address})
    else:
        typer.echo(address)
