"""What the supervisor does when it is asked over its socket."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from coditect.graph.values import Json, JsonObject, lookup, members, text
from coditect.local.chaos import cause, find_unit
from coditect.local.console.orders import console_orders
from coditect.local.control import Answer, ControlError
from coditect.local.counts import applications_database, counts
from coditect.local.declared import Kind, Pod
from coditect.local.fault import Fault
from coditect.local.launch import place_files, secret_of
from coditect.local.metrics import gathered
from coditect.local.platform import Platform
from coditect.local.pod_server import PodServer
from coditect.local.postgres import PASSWORD_FILE, SUPERUSER
from coditect.local.process import LOOPBACK
from coditect.local.promotion import promote
from coditect.local.status import look, status
from coditect.local.stores import POSTGRES, REDIS
from coditect.naming import unknown

# For a person who watches: a probe may wait longer.
_READY_WITHIN_S = 2.0


def orders(platform: Platform, *, said: Callable[[str], None], end: Callable[[], None]) -> dict[str, Answer]:
    """Commands by name. Each raises ControlError with what the person who asked should do instead."""

    def shown(_: JsonObject) -> Json:
        look(platform)
        return {**status(platform), "counts": counts(platform)}

    def ended(_: JsonObject) -> Json:
        end()
        return "ending"

    def promoted(asked: JsonObject) -> Json:
        changes = {name: str(value) for name, value in members(asked, "changes").items()}
        return promote(platform, text(asked, "service"), said=said, changes=changes)

    def broken(asked: JsonObject) -> Json:
        seconds = float(str(lookup(asked, "seconds")))
        return cause(platform, Fault(text(asked, "fault")), text(asked, "service"), seconds=seconds, said=said)

    def job(asked: JsonObject) -> Json:
        pod = find_job(platform, text(asked, "name"))
        said(f"running {pod.name}")
        return platform.jobs.run(platform.launched(pod, pod.name))

    def measured(asked: JsonObject) -> Json:
        named = text(asked, "process")
        is_service = any(pod.service == named and pod.role == "web" for pod in platform.deployed.pods)
        return gathered(platform, find_unit(platform, named).name if is_service else named or None)

    def silent(_: JsonObject) -> Json:
        """Pods whose readiness probe does not answer now: after the start, nobody else asks it here."""
        pods = [unit.server for unit in list(platform.units.values()) if isinstance(unit.server, PodServer)]
        with ThreadPoolExecutor(max(len(pods), 1)) as pool:
            answers = list(pool.map(lambda pod: pod.is_ready(within_s=_READY_WITHIN_S), pods))
        return [pod.name for pod, is_ready in zip(pods, answers, strict=True) if not is_ready]

    def kept(_: JsonObject) -> Json:
        """Where the stores are, and the files that hold their passwords: a password goes through no socket."""
        postgres, cache = platform.stores.postgres, platform.deployed.cache
        secret = secret_of(platform.deployed, "REDIS_AUTH_FILE") if cache.has_password else None
        return {
            POSTGRES: {
                "host": LOOPBACK,
                "port": postgres.port,
                "user": SUPERUSER,
                "password_file": str(platform.layout.root / POSTGRES / PASSWORD_FILE),
                "databases": list(platform.deployed.database.databases),
                "default": applications_database(platform),
            },
            REDIS: {
                "host": LOOPBACK,
                "port": platform.port_of(REDIS),
                "password_file": str(platform.layout.secrets / secret) if secret else None,
            },
        }

    def surroundings(asked: JsonObject) -> Json:
        """Command line's own: a process beside a service's, with its environment and files."""
        pod = find_pod(platform, text(asked, "service"))
        name = f"{pod.name}-exec"
        place_files(pod, name=name, layout=platform.layout, store=platform.store)
        launched = platform.launched(pod, name)
        return {"environment": dict(launched.environment), "directory": str(launched.directory)}

    return {
        "status": shown,
        "end": ended,
        "promote": promoted,
        "chaos": broken,
        "run-job": job,
        "metrics": measured,
        "silent": silent,
        "stores": kept,
        "surroundings": surroundings,
        **console_orders(platform, said=said),
    }


def find_job(platform: Platform, name: str) -> Pod:
    """A job by its name, or by how it begins: names end in an image's digest. Raises ControlError."""
    jobs = [pod for pod in platform.deployed.pods if pod.kind is not Kind.SERVICE]
    found = [pod for pod in jobs if pod.name == name] or [pod for pod in jobs if pod.name.startswith(name)]
    if not found:
        raise ControlError(unknown(name, (pod.name for pod in jobs), what="job")).of_usage()
    if len(found) > 1:
        raise ControlError(
            f"{name!r} may be {' or '.join(pod.name for pod in found)}. Write more of the name."
        ).of_usage()
    if not found[0].is_built_here:
        raise ControlError(f"{found[0].name} runs an image that is not built here: {found[0].image}.")
    return found[0]


def find_pod(platform: Platform, name: str) -> Pod:
    """A pod of ours by its name or its service's. Raises ControlError."""
    ours = [pod for pod in platform.deployed.pods if pod.is_built_here]
    for pod in ours:
        is_active = pod.role == "web" and pod.colour == platform.active_colour(pod.service)
        if pod.name == name or (pod.service == name and is_active):
            return pod
    raise ControlError(unknown(name, (pod.service for pod in ours), what="service of ours")).of_usage()
