"""The web application: Stripe's API under /v1, the hosted pages, and the account's front page."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError

from coditect.local.standins.serving import HEADER, NOT_ON_LOOPBACK, is_on_loopback
from coditect.local.standins.stripe import account_page, checkout_page, demonstration, portal_page
from coditect.local.standins.stripe.delivery import Webhook
from coditect.local.standins.stripe.ledger import Ledger, Remembered, resources_json
from coditect.local.standins.stripe.objects import CheckoutSession, PortalSession, Price
from coditect.local.standins.stripe.subscriptions import modernise, renew

logger = logging.getLogger("standin")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CHANGES = frozenset({"POST", "PUT", "DELETE"})
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class StripeStandIn:
    """api_key: the only one that is let in; None lets in every key that looks like one.

    page_url: where browsers find the hosted pages; None for wherever the API was called.
    """

    def __init__(
        self, ledger: Ledger, *, webhook: Webhook | None, api_key: str | None = None, page_url: str | None = None
    ) -> None:
        self._ledger = ledger
        self._webhook = webhook
        self._api_key = api_key
        self._page_url = page_url
        self._one_at_a_time = asyncio.Lock()
        modernise()
        demonstration.seed()
        ledger.forget_events()
        ledger.commit()

    def application(self) -> web.Application:
        """Everything as one aiohttp application."""
        application = web.Application(
            middlewares=[
                self._named,
                self._answered,
                self._on_loopback,
                self._authenticated,
                self._kept,
                self._repeatable,
            ]
        )
        router = application.router
        router.add_get("/health", self._health)
        router.add_get("/", self._account)
        router.add_get("/api/deliveries", self._deliveries)
        router.add_post("/events/{id}/resend", self._resend)
        router.add_post("/subscriptions/{id}/renew", self._renew)
        router.add_get("/c/pay/{id}", self._checkout)
        router.add_post("/c/pay/{id}", self._pay)
        router.add_get("/p/session/{secret}", self._portal)
        router.add_post("/p/session/{secret}", self._act)
        router.add_post("/v1/checkout/sessions", self._create_checkout)
        router.add_get("/v1/checkout/sessions", server.api_list_all(CheckoutSession, "/v1/checkout/sessions"))
        router.add_get("/v1/checkout/sessions/{id}", server.api_retrieve(CheckoutSession, ""))
        for method, path, answer in (
            ("POST", "/v1/checkout/sessions/{id}/expire", CheckoutSession._api_expire),
            ("GET", "/v1/checkout/sessions/{id}/line_items", CheckoutSession._api_line_items),
        ):
            router.add_route(method, path, server.api_extra(answer, path))
        router.add_post("/v1/billing_portal/sessions", self._create_portal)
        router.add_post("/v1/prices", server.api_create(Price, "/v1/prices"))
        router.add_get("/v1/prices", server.api_list_all(Price, "/v1/prices"))
        router.add_get("/v1/prices/{id}", server.api_retrieve(Price, ""))
        router.add_post("/v1/prices/{id}", server.api_update(Price, ""))
        for route in server.app.router.routes():
            if route.resource is not None and route.resource.canonical.startswith("/v1/") and route.method != "HEAD":
                router.add_route(route.method, route.resource.canonical, route.handler)
        application.cleanup_ctx.append(self._sending)
        return application

    async def _sending(self, _application: web.Application) -> AsyncIterator[None]:
        task = None if self._webhook is None else asyncio.create_task(self._webhook.run())
        yield
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._ledger.commit()

    @web.middleware
    async def _named(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        response.headers[HEADER] = "stripe"
        response.headers["Request-Id"] = f"req_{resources.random_id(14)}"
        if response.content_type == "text/html":
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["Cache-Control"] = "no-store"
        if request.path != "/health":
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            # The pattern: the path of a page is what lets someone in.
            pattern = request.match_info.route.resource.canonical if request.match_info.route.resource else "unknown"
            more = {"method": request.method, "path": pattern, "status": response.status, "ms": milliseconds}
            logger.info("%s %s %d", request.method, pattern, response.status, extra={"more": more})
        return response

    @web.middleware
    async def _answered(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except UserError as error:
            return web.json_response(_told(error, request), status=error.code)
        except web.HTTPNotFound:
            told = f"Unrecognized request URL ({request.method}: {request.path})."
            return web.json_response({"error": {"type": "invalid_request_error", "message": told}}, status=404)
        except web.HTTPException:
            raise
        except Exception:
            # The process's edge: whatever broke is logged whole, and the caller is told.
            logger.exception("The stand-in failed")
            told = "The stand-in failed: its log says why."
            return web.json_response({"error": {"type": "api_error", "message": told}}, status=500)

    @web.middleware
    async def _on_loopback(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not is_on_loopback(request.host):
            return web.json_response(
                {"error": {"type": "invalid_request_error", "message": NOT_ON_LOOPBACK}}, status=421
            )
        return await handler(request)

    @web.middleware
    async def _authenticated(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.path.startswith("/v1/"):
            kind, _, key = request.headers.get("Authorization", "").partition(" ")
            if kind != "Bearer" or not self._is_known(key):
                raise UserError(401, "Invalid API Key provided.")
        return await handler(request)

    def _is_known(self, key: str) -> bool:
        if self._api_key is None:
            return key.startswith(("sk_", "rk_"))
        return hmac.compare_digest(key.encode(), self._api_key.encode())

    @web.middleware
    async def _kept(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.method not in _CHANGES:
            return await handler(request)
        await request.read()  # before the lock: a slow sender holds up nobody
        async with self._one_at_a_time:
            before = self._ledger.snapshot()
            try:
                return await handler(request)
            except UserError as error:
                if error.code != 402:  # a declined card leaves its failed charge, as at Stripe
                    self._ledger.restore(before)
                raise
            except Exception:
                self._ledger.restore(before)
                raise
            finally:
                self._ledger.commit(idempotency_key=request.headers.get("Idempotency-Key"))
                if self._webhook is not None:
                    self._webhook.wake()

    @web.middleware
    async def _repeatable(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST" or not request.path.startswith("/v1/"):
            return await handler(request)
        fingerprint = hashlib.sha256(request.path.encode() + b"\n" + await request.read()).hexdigest()
        known = self._ledger.remembered.get(key)
        if known is not None:
            if known.fingerprint != fingerprint:
                told = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return web.json_response({"error": {"type": "idempotency_error", "message": told}}, status=400)
            headers = {"Idempotent-Replayed": "true"}
            return web.Response(status=known.status, body=known.body, content_type="application/json", headers=headers)
        response = await handler(request)
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            self._ledger.remembered[key] = Remembered(
                fingerprint=fingerprint, status=response.status, body=response.body
            )
        return response

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "stand_in": "stripe"})

    async def _deliveries(self, _request: web.Request) -> web.Response:
        """Every event and what became of it, newest first, as JSON for the console."""
        return web.json_response(
            [
                {
                    "id": delivery.event_id,
                    "type": json.loads(delivery.body).get("type", ""),
                    "created": json.loads(delivery.body).get("created"),
                    "attempts": delivery.attempts,
                    "last_status": delivery.last_status,
                    "next_at": delivery.next_at,
                }
                for delivery in reversed(self._ledger.deliveries.values())
            ]
        )

    async def _account(self, _request: web.Request) -> web.Response:
        return _html(account_page.render(self._ledger))

    async def _resend(self, request: web.Request) -> web.Response:
        delivery = self._ledger.deliveries.get(request.match_info["id"])
        if delivery is None:
            raise web.HTTPNotFound
        delivery.next_at = time.time()
        return web.Response(status=303, headers={"Location": "/"})

    async def _renew(self, request: web.Request) -> web.Response:
        renew(request.match_info["id"])
        return web.Response(status=303, headers={"Location": "/"})

    async def _create_checkout(self, request: web.Request) -> web.Response:
        given = await _parameters(request)
        expand = given.pop("expand", None)
        session = CheckoutSession(page_url=self._pages(request), **given)
        return web.Response(body=resources_json(session._export(expand=expand)), content_type="application/json")

    async def _create_portal(self, request: web.Request) -> web.Response:
        session = PortalSession(page_url=self._pages(request), **await _parameters(request))
        return web.Response(body=resources_json(session._export()), content_type="application/json")

    def _pages(self, request: web.Request) -> str:
        return self._page_url or f"{request.headers.get('X-Forwarded-Proto', request.scheme)}://{request.host}"

    async def _checkout(self, request: web.Request) -> web.Response:
        return _html(checkout_page.render(_session(request)))

    async def _pay(self, request: web.Request) -> web.Response:
        form = await _form(request)
        if _session(request).status == "open":
            before = self._ledger.snapshot()
            try:
                checkout_page.pay(_session(request), form)
            except UserError as error:
                self._ledger.restore(before)
                problem = str(error.body["error"].get("message", "Your card was declined."))
                shown = checkout_page.render(_session(request), problem=problem, email=form.get("email", ""))
                return _html(shown, status=402)
        session = _session(request)
        if session.status != "complete":
            return _html(checkout_page.render(session), status=410)
        # Not raised: what was paid is kept. See other, so that a reload does not pay again.
        return web.Response(status=303, headers={"Location": checkout_page.completed_url(session)})

    async def _portal(self, request: web.Request) -> web.Response:
        return _html(portal_page.render(_portal(request)))

    async def _act(self, request: web.Request) -> web.Response:
        form = await _form(request)
        before = self._ledger.snapshot()
        try:
            portal_page.act(_portal(request), form)
        except UserError as error:
            self._ledger.restore(before)
            problem = str(error.body["error"].get("message", "That was refused."))
            return _html(portal_page.render(_portal(request), problem=problem), status=error.code)
        return web.Response(status=303, headers={"Location": request.path})


def _session(request: web.Request) -> CheckoutSession:
    try:
        return CheckoutSession._api_retrieve(request.match_info["id"])
    except UserError:
        raise web.HTTPNotFound(text="There is no such payment page.") from None


def _portal(request: web.Request) -> PortalSession:
    session = PortalSession._by_secret(request.match_info["secret"])
    if session is None:
        raise web.HTTPNotFound(text="This way into the portal has expired.")
    return session


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def _parameters(request: web.Request) -> dict[str, Any]:
    return dict(await server.get_post_data(request) or {})


def _html(markup: str, *, status: int = 200) -> web.Response:
    return web.Response(text=markup, content_type="text/html", status=status)


def _told(error: UserError, request: web.Request) -> dict[str, Any]:
    """An error as Stripe words it: localstripe gives every one the same type, and no code."""
    told = dict(error.body["error"])
    if error.code == 402:
        told |= {"type": "card_error", "code": told.get("code", "card_declined"), "decline_code": "generic_decline"}
    if error.code == 404 and told.get("message") in (None, "Not Found"):
        told |= {"code": "resource_missing", "message": f"No such object, or one that it names: {request.path}"}
    return json.loads(json.dumps({"error": told}))  # type: ignore[no-any-return] # localstripe has no types
