"""The console's web application: who may ask, what every answer carries, and which page answers."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from coditect.local.console import live_picture
from coditect.local.console.pages import actions, api, messages, overview, processes, requests, seats
from coditect.local.console.signing_in import COOKIE, LIFETIME_S
from coditect.local.console.site import Site
from coditect.local.console.traces import MOST_BYTES, receiver
from coditect.local.control import ControlError
from coditect.local.layout import NotRunning
from coditect.local.process import LOOPBACK

logger = logging.getLogger("console")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_STATIC = Path(__file__).parent / "static"
_OPEN = ("/health", "/enter", "/style.css", "/picture.css", "/live.js")
# What only other processes of this machine ask, by the port itself: no page, and no cookie that a browser would send.
_SPANS = "/v1/traces"
_BY_PORT = ("/health", _SPANS)
_ENTERED = '<!doctype html><html lang="en"><title>CODITECT</title><p><a href="/">To the console</a></p></html>'
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that a browser tells no origin with a form, and the form is refused.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def application(site: Site, *, port: int) -> web.Application:
    """Every route of the console. port: of loopback, where it serves and spans are taken."""
    guard = _Guard(site, port)
    app = web.Application(
        middlewares=[guard.headers, guard.mistakes, guard.host, guard.signed_in, guard.forms],
        client_max_size=MOST_BYTES,
    )
    app.router.add_get("/health", _health)
    app.router.add_get("/enter", guard.enter, allow_head=False)
    app.router.add_post("/leave", guard.leave)
    app.router.add_post(_SPANS, receiver(site.traces))
    for name, kind in (("style.css", "text/css"), ("live.js", "text/javascript")):
        app.router.add_get(f"/{name}", _text((_STATIC / name).read_text(), kind))
    app.router.add_get("/picture.css", _text(live_picture.stylesheet(), "text/css"))
    for pages in (overview, processes, requests, api, seats, messages, actions):
        app.router.add_routes(pages.routes(site))
    return app


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _text(content: str, kind: str) -> _Handler:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=content, content_type=kind)

    return answer


class _Guard:
    """Everything that stands before a page, from the outside in."""

    def __init__(self, site: Site, port: int) -> None:
        self._site = site
        # As processes are told to send their spans.
        self._by_port = f"{LOOPBACK}:{port}"

    @web.middleware
    async def headers(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except web.HTTPException as redirect:
            redirect.headers.update(_HEADERS)
            raise
        answer.headers.update(_HEADERS)
        return answer

    @web.middleware
    async def mistakes(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Every failure is a page that says what happened, what was lost and what to do; the log has its number."""
        number = secrets.token_hex(4)
        try:
            return await handler(request)
        except web.HTTPException as refused:
            if refused.status < HTTPStatus.BAD_REQUEST:
                raise
            # aiohttp's own words only repeat the status; the page has better ones.
            is_said = refused.text != f"{refused.status}: {refused.reason}"
            status, why = refused.status, (refused.text or "") if is_said else ""
        except NotRunning:
            status, why = HTTPStatus.SERVICE_UNAVAILABLE, "The platform has ended, or is ending."
        except ControlError as error:
            status, why = HTTPStatus.SERVICE_UNAVAILABLE, self._site.masking.masked(str(error))
        except Exception:  # the process's edge: the log has all of it
            logger.exception("request %s failed", number)
            status, why = HTTPStatus.INTERNAL_SERVER_ERROR, ""
        said = why or HTTPStatus(status).phrase
        # Without the query: it may hold a token. Quoted, so that nobody's words begin a line of their own.
        logger.info("request %s: %d for %s %s %r", number, status, request.method, request.rel_url.raw_path, said)
        return self._site.page(
            request,
            "mistake.html",
            status=status,
            code=int(status),
            why=why,
            number=number,
            is_reading=request.method in ("GET", "HEAD"),
            home=f"https://{self._site.host}/",
        )

    @web.middleware
    async def host(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """A page answers to its own name alone: another name that leads here is somebody else's (DNS rebinding)."""
        if request.path == _SPANS:
            # A browser tells an origin with what a page of another site sends; a process has none.
            if request.host != self._by_port or "Origin" in request.headers:
                raise web.HTTPNotFound(text="Spans are taken at the loopback port alone.")
        elif request.path not in _BY_PORT and request.host != self._site.host:
            raise web.HTTPMisdirectedRequest(text=f"This is https://{self._site.host} and answers to no other name.")
        return await handler(request)

    @web.middleware
    async def signed_in(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.path in _OPEN or request.path in _BY_PORT:
            return await handler(request)
        if not self._site.signatures.is_signed_in(request.cookies.get(COOKIE, "")):
            return self._site.page(request, "denied.html", status=HTTPStatus.FORBIDDEN, has_tried=False)
        return await handler(request)

    @web.middleware
    async def forms(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """What changes something comes from a form of this console, in a browser that is signed in."""
        if request.method not in ("GET", "HEAD") and request.path not in _BY_PORT:
            if request.headers.get("Origin") != f"https://{self._site.host}":
                raise web.HTTPForbidden(text="This form was sent from another site, so nothing was done.")
            token = (await request.post()).get("form_token")
            if not isinstance(token, str) or not self._site.signatures.is_form_token(
                token, request.cookies.get(COOKIE, "")
            ):
                raise web.HTTPForbidden(
                    text="This form is not this console's, so nothing was done. Load the page anew."
                )
        return await handler(request)

    async def enter(self, request: web.Request) -> web.Response:
        """Take a one-time token for a cookie."""
        token = request.query.get("token", "")
        if not token or await self._site.supervised.ask("console-enter", token=token) is not True:
            return self._site.page(request, "denied.html", status=HTTPStatus.FORBIDDEN, has_tried=True)
        # No redirect: to a browser that comes from a file or another site, it would not send a strict cookie along.
        answer = web.Response(text=_ENTERED, content_type="text/html", headers={"Refresh": "0; url=/"})
        answer.set_cookie(
            COOKIE,
            self._site.signatures.cookie(),
            max_age=LIFETIME_S,
            secure=True,
            httponly=True,
            samesite="Strict",
            path="/",
        )
        return answer

    async def leave(self, request: web.Request) -> web.Response:
        """Forget this browser, and whoever has a copy of its cookie."""
        self._site.signatures.revoke(request.cookies.get(COOKIE, ""))
        answer = self._site.page(request, "denied.html", has_tried=False)
        answer.del_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
        return answer
