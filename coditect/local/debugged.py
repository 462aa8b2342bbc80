"""`python -m coditect.local.debugged MODULE:NAME --port N`: serves a WSGI application where a debugger can stop it.

One process, with threads that Python itself starts: before Python 3.12 a debugger does not see those that granian
starts outside Python.
"""

from argparse import ArgumentParser
from collections.abc import Iterable
from importlib import import_module
from io import BytesIO
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from coditect.local.process import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Nothing: the application logs its requests."""


def main() -> None:
    """Serve until SIGTERM."""
    parser = ArgumentParser(prog="python -m coditect.local.debugged")
    parser.add_argument("application", help="as granian takes it, such as apps.gateway.wsgi:application")
    parser.add_argument("--port", type=int, required=True)
    told = parser.parse_args()
    module, _, name = told.application.partition(":")
    application = getattr(import_module(module), name)

    def bounded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # A body ends where it says that it does: this server leaves that to the application, granian does not.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer: Iterable[bytes] = application({**environ, "wsgi.input": BytesIO(body)}, start_response)
        return answer

    make_server(LOOPBACK, told.port, bounded, _Server, _Quiet).serve_forever()


if __name__ == "__main__":
    main()
