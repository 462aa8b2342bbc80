"""Buttons: what each will do, in plain words, before it does it; how it went; and the jobs that can be run."""

from pathlib import Path

from aiohttp import web

from coditect.graph.values import items, lookup, members, text
from coditect.local.console.acting import CHAOS, FAULTS, plan
from coditect.local.console.log_tail import tail
from coditect.local.console.processes import processes
from coditect.local.console.site import Site
from coditect.local.control import ControlError
from coditect.local.fault import Fault


def routes(site: Site) -> list[web.RouteDef]:
    async def listed(request: web.Request) -> web.Response:
        told = await site.supervised.ask("overview")
        running = processes(told)
        behind_edge = set(members(told, "backends").values())
        return site.page(
            request,
            "actions.html",
            section="/actions",
            actions=site.actions.newest(),
            services=sorted({process.service for process in running if process.has_two_colours}),
            breakable=sorted({process.service for process in running if process.service in behind_edge}),
            processes=sorted(process.name for process in running),
        )

    async def asked(request: web.Request) -> web.Response:
        command, target = request.query.get("command", ""), request.query.get("target", "")
        try:
            chosen = plan(command, target)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return await form(request, command, target, title=chosen.title, problem="", seconds="10", fault=Fault.KILL)

    async def form(
        request: web.Request, command: str, target: str, *, title: str, problem: str, seconds: str, fault: str
    ) -> web.Response:
        return site.page(
            request,
            "action_new.html",
            section="/actions",
            status=422 if problem else 200,
            plan=plan(command, target),
            command=command,
            target=target,
            title=f"Break {target} on purpose" if command == CHAOS else title,
            faults=FAULTS,
            refused=await refused(target) if command == CHAOS else {},
            fault=fault,
            seconds=seconds,
            problem=problem,
        )

    async def refused(target: str) -> dict[str, str]:
        """Faults that do not fit, each with why."""
        try:
            told = await site.supervised.ask("refused-faults", target=target)
        except ControlError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return {fault: str(why) for fault, why in members(told).items()}

    async def begun(request: web.Request) -> web.Response:
        sent = {name: str(value) for name, value in (await request.post()).items()}
        command, target = sent.get("command", ""), sent.get("target", "")
        seconds, fault = sent.get("seconds", "10"), sent.get("fault", Fault.KILL)
        try:
            chosen = plan(command, target, fault=fault, seconds=_number(seconds))
        except ValueError as error:
            if command != CHAOS or not target:
                raise web.HTTPBadRequest(text=str(error)) from None
            return await form(request, command, target, title="", problem=str(error), seconds=seconds, fault=fault)
        if command == CHAOS and fault in (why_not := await refused(target)):
            raise web.HTTPBadRequest(text=why_not[fault])
        action = site.actions.begin(chosen)
        raise web.HTTPSeeOther(f"/actions/{action.id}")

    async def one(request: web.Request) -> web.Response:
        action = site.actions.find(int(request.match_info["id"]))
        if action is None:
            raise web.HTTPNotFound(
                text="This action is not remembered: the last 50 are, until the console starts again."
            )
        return site.page(request, "action.html", section="/actions", action=action)

    async def jobs(request: web.Request) -> web.Response:
        rows = items(await site.supervised.ask("jobs"))
        return site.page(
            request,
            "jobs.html",
            section="/jobs",
            jobs=[
                {name: lookup(row, name) for name in _JOB} | {"lines": tail(Path(text(row, "log")), count=20).lines}
                for row in rows
            ],
        )

    return [
        web.get("/actions", listed),
        web.get("/actions/new", asked),
        web.post("/actions", begun),
        web.get(r"/actions/{id:\d{1,9}}", one),
        web.get("/jobs", jobs),
    ]


_JOB = (
    "name",
    "kind",
    "namespace",
    "is_built_here",
    "image",
    "command",
    "is_complete",
    "is_running",
    "ended",
    "took_s",
    "has_succeeded",
)


def _number(words: str) -> float:
    try:
        return float(words)
    except ValueError:
        raise ValueError(f"{words!r} is no number of seconds: write 10, for example.") from None
