"""What the console asks the supervisor beyond what the command line asks."""

from collections.abc import Callable

import psycopg

from coditect.graph.values import Json, JsonObject, text
from coditect.local.chaos import find_unit, refused
from coditect.local.console.rows import held_seats, received_webhooks
from coditect.local.control import Answer, ControlError
from coditect.local.declared import Kind
from coditect.local.platform import Platform
from coditect.local.status import console_address, status


def console_orders(platform: Platform, *, said: Callable[[str], None]) -> dict[str, Answer]:
    """Commands by name. Each raises ControlError with what the person who asked should do instead."""

    def overview(_: JsonObject) -> Json:
        return {
            **status(platform),
            "pods": [*_pods(platform)],
            "backends": {backend.name: backend.service for backend in platform.proxy.edge.backends},
        }

    def restarted(asked: JsonObject) -> Json:
        unit = find_unit(platform, text(asked, "process"))
        said(f"{unit.name} starts again, as it was asked to")
        unit.restart()
        return f"{unit.name} ends and starts again"

    def faults(asked: JsonObject) -> Json:
        """Those that do not fit, each with why."""
        return {fault.value: why for fault, why in refused(platform, text(asked, "target")).items()}

    def jobs(_: JsonObject) -> Json:
        return [*_jobs(platform)]

    def seats(_: JsonObject) -> Json:
        return _asked(lambda: held_seats(platform))

    def webhooks(_: JsonObject) -> Json:
        return _asked(lambda: received_webhooks(platform))

    def link(_: JsonObject) -> Json:
        return console_link(platform)

    def entered(asked: JsonObject) -> Json:
        return platform.console_tokens.redeem(text(asked, "token"))

    return {
        "overview": overview,
        "restart": restarted,
        "refused-faults": faults,
        "jobs": jobs,
        "seats": seats,
        "webhooks": webhooks,
        "console-link": link,
        "console-enter": entered,
    }


def console_link(platform: Platform) -> str:
    """The console's address with a fresh token, which lets a browser in once."""
    return f"{console_address(platform)}enter?token={platform.console_tokens.issue()}"


def _asked(rows: Callable[[], list[JsonObject]]) -> Json:
    try:
        return [*rows()]
    except psycopg.Error as error:
        raise ControlError(f"PostgreSQL did not answer: {str(error).strip() or type(error).__name__}.") from None


def _pods(platform: Platform) -> list[JsonObject]:
    """Each process of a pod: which service it is of, and whether `promote` works on that."""
    colours: dict[str, set[str]] = {}
    for pod in platform.deployed.pods:
        if pod.colour:
            colours.setdefault(pod.service, set()).add(pod.colour)
    return [
        {
            "name": name,
            "service": pod.service,
            "role": pod.role,
            "colour": pod.colour,
            "is_built_here": pod.is_built_here,
            "has_two_colours": len(colours.get(pod.service, ())) > 1,
        }
        for pod in platform.deployed.pods
        if pod.kind is Kind.SERVICE
        for name in platform.replicas_of(pod)
        if name in platform.units
    ]


def _jobs(platform: Platform) -> list[JsonObject]:
    complete = platform.jobs.complete()
    rows: list[JsonObject] = []
    for pod in platform.deployed.pods:
        if pod.kind is Kind.SERVICE:
            continue
        result = platform.jobs.results.get(pod.name)
        rows.append(
            {
                "name": pod.name,
                "kind": pod.kind.value,
                "namespace": pod.namespace,
                "is_built_here": pod.is_built_here,
                "image": pod.image,
                "command": " ".join(pod.command),
                "is_complete": pod.name in complete,
                "is_running": pod.name in platform.jobs.running,
                "ended": result.ended if result else None,
                "took_s": result.took_s if result else None,
                "has_succeeded": result.has_succeeded if result else None,
                "log": str(platform.layout.log(pod.name)),
            }
        )
    return rows
