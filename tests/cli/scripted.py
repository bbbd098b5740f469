"""An HTTP server that answers as told, for the troubles that a healthy API does not make."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cli.api.client import Client
from cli.api.connection import Connection

Answer = tuple[int, str, bytes]


@contextmanager
def scripted(answer: Callable[[str], Answer]) -> Iterator[Client]:
    """A client of a server that gives `answer(path)`: status, content type and body, and then hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with Client(Connection(f"http://127.0.0.1:{server.server_port}", "cb_key")) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()
