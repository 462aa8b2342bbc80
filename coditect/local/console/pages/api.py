"""The API explorer: what the services' OpenAPI documents describe, tried as a person of the demonstration."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from coditect.graph.values import Json, items, text
from coditect.local.console.edge_client import EdgeClient, curl
from coditect.local.console.edge_log import Route
from coditect.local.console.openapi import Operation, operations
from coditect.local.console.processes import Address, routed
from coditect.local.console.site import Site
from coditect.local.control import ControlError
from coditect.local.pages import DOCUMENTS

_DOCUMENT = "/api/schema/"
_KEPT_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Described:
    """A service that describes itself. origin: where its document is, and its operations are sent."""

    service: str
    origin: str
    title: str
    operations: tuple[Operation, ...]

    @property
    def document(self) -> str:
        """For programs."""
        return f"{self.origin}{_DOCUMENT}"

    @property
    def documents(self) -> str:
        """The same for people."""
        return f"{self.origin}{DOCUMENTS}"

    def find(self, method: str, path: str) -> Operation | None:
        return next((each for each in self.operations if (each.method, each.path) == (method, path)), None)


def routes(site: Site) -> list[web.RouteDef]:
    explorer = _Explorer(site)
    return [web.get("/api", explorer.listed), web.get("/api/call", explorer.form), web.post("/api/call", explorer.sent)]


def origins(answering: list[Address]) -> dict[str, str]:
    """Where each of our services would have its document: the host with most routes to it, of those that lead there."""
    most = Counter((address.service, address.host) for address in answering if not address.is_stand_in)
    found: dict[str, str] = {}
    for service, host in (pair for pair, _ in most.most_common()):
        there = [address for address in answering if address.host == host]
        longest = sorted(there, key=lambda address: len(address.path), reverse=True)
        taker = next((a for a in longest if _DOCUMENT.startswith(f"{Route(host, a.path).start}/")), None)
        if taker is not None and taker.service == service and service not in found:
            parts = urlsplit(taker.url)
            found[service] = f"{parts.scheme}://{parts.netloc}"
    return found


class _Explorer:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._client = EdgeClient(
            authority=site.layout.authority / "ca.pem", password_file=site.layout.secrets / "demonstration-password"
        )
        self._known: tuple[float, list[Described]] = (0.0, [])

    async def listed(self, request: web.Request) -> web.Response:
        described = await self._described(await self._site.supervised.ask("overview"))
        return self._site.page(request, "api.html", section="/api", described=described)

    async def form(self, request: web.Request) -> web.Response:
        return await self._shown(request, {})

    async def sent(self, request: web.Request) -> web.Response:
        return await self._shown(request, {name: str(value) for name, value in (await request.post()).items()})

    async def _shown(self, request: web.Request, sent: dict[str, str]) -> web.Response:
        told = await self._site.supervised.ask("overview")
        wanted = [request.query.get(name, "") for name in ("service", "method", "path")]
        found = next((each for each in await self._described(told) if each.service == wanted[0]), None)
        operation = found.find(wanted[1], wanted[2]) if found else None
        if found is None or operation is None:
            raise web.HTTPNotFound(
                text=f"{' '.join(wanted)} is described nowhere now. Choose one of the list under API."
            )
        people = [(text(person, "email"), text(person, "is")) for person in items(told, "people")]
        values = {p.name: sent.get(f"p.{p.name}", p.example) for p in operation.parameters}
        person = sent.get("person", people[0][0] if people and operation.needs_token else "")
        body = sent.get("body", operation.body)
        missing = [p.name for p in operation.parameters if sent and p.is_required and not values[p.name].strip()]
        url, headers = _request_of(found.origin, operation, values)
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer, problem = None, ""
        if sent and not missing:
            try:
                if person not in ("", *(email for email, _ in people)):
                    raise ControlError(f"{person} is nobody of the demonstration.")
                bearer = await self._bearer(told, person)
                answer = await self._client.send(operation.method, url, headers={**headers, **bearer}, body=body)
            except ControlError as error:
                problem = str(error)
        return self._site.page(
            request,
            "api_call.html",
            section="/api",
            described=found,
            operation=operation,
            people=people,
            person=person,
            values=values,
            body=body,
            missing=missing,
            answer=answer,
            problem=problem,
            curl=curl(
                operation.method,
                url,
                authority=Path(text(told, "authority")),
                has_token=bool(person),
                headers=headers,
                body=body,
            ),
        )

    async def _bearer(self, told: Json, person: str) -> dict[str, str]:
        if not person:
            return {}
        site = next((a for a in routed(told) if a.service == "gateway-backend" and a.path == "/api/*"), None)
        if site is None:
            raise ControlError("gateway-backend, where people sign in, has no address here.")
        parts = urlsplit(site.url)
        return {"Authorization": f"Bearer {await self._client.token(f'{parts.scheme}://{parts.netloc}', person)}"}

    async def _described(self, told: Json) -> list[Described]:
        at, known = self._known
        if known and time.monotonic() - at < _KEPT_S:
            return known
        found = []
        for service, origin in origins(routed(told)).items():
            document = await self._client.document(f"{origin}{_DOCUMENT}")
            if text(document, "openapi"):
                described = tuple(operations(document))
                title = text(document, "info", "title")
                found.append(Described(service=service, origin=origin, title=title, operations=described))
        self._known = (time.monotonic(), sorted(found, key=lambda each: each.service))
        return self._known[1]


def _request_of(origin: str, operation: Operation, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The address with its parameters in place, and the headers among them."""
    path = operation.path
    query, headers = {}, {}
    for parameter in operation.parameters:
        value = values[parameter.name]
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        elif value and parameter.place == "query":
            query[parameter.name] = value
        elif value and parameter.place == "header":
            headers[parameter.name] = value
    return f"{origin}{path}{'?' + urlencode(query) if query else ''}", headers
