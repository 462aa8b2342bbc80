"""New code in the place of old: a web process starts beside the one that serves and takes its requests when ready."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from coditect.local.broken_page import BrokenPage
from coditect.local.declared import Pod
from coditect.local.handover import bring_in, see_out
from coditect.local.layout import REPOSITORY
from coditect.local.platform import NEXT, Platform
from coditect.local.process import StartError
from coditect.local.unit import State, Unit
from explained import ExplainedError

APPLICATIONS = REPOSITORY / "apps"
_MODULE = re.compile(r"\bapps\.(\w+)")


class Renewal:
    """Starts an application's processes anew. said: told one line for each thing a person should know.

    While the newest code of a web process does not start, a page with the reason answers in its place: a developer
    must not take old pages for the result of new code.
    """

    def __init__(self, platform: Platform, *, said: Callable[[str], None]) -> None:
        self._platform = platform
        self._said = said
        self._pages: dict[str, BrokenPage] = {}

    def show_what_failed(self) -> None:
        """Put pages in the place of web processes that have failed already."""
        for pod in self._platform.standing():
            for name in self._platform.replicas_of(pod):
                unit = self._platform.units.get(name)
                if application_of(pod) and _is_web(pod) and unit and unit.state is State.FAILED:
                    self._show(pod, unit, unit.problem)

    def renew(self, changed: list[Path]) -> None:
        """Start anew what runs the changed files, side by side, and return when all that is over."""
        self._end_pages_of_others()
        threads = []
        for pod in concerned(self._platform.standing(), changed):
            for name in self._platform.replicas_of(pod):
                unit = self._platform.units.get(name)
                if unit is None:
                    continue
                if not _is_web(pod):
                    unit.restart()
                    continue
                threads.append(threading.Thread(target=self._replace, args=(pod, unit), name=f"renew {name}"))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _replace(self, pod: Pod, unit: Unit) -> None:
        begun = time.monotonic()
        place = _other_place(unit.name, self._platform.places.get(unit.name))
        fresh = self._platform.server(pod, unit.name, place=place)
        try:
            fresh.start()
            took_s = time.monotonic() - begun
            with self._platform.moving:
                if not self._is_current(unit):  # promoted meanwhile, or told to end
                    fresh.stop()
                    return
                self._exchange(pod, unit.name, fresh.launch.http_port)
                self._platform.places[unit.name] = place
                self._platform.explaining.pop(unit.name, None)
                unit.succeed(fresh, is_alive=fresh.is_alive if unit.asks else None, ready_after_s=took_s)
        except (ExplainedError, OSError) as error:
            fresh.kill()
            self._said(str(error))
            self._show(pod, unit, str(error))
            return
        if page := self._pages.pop(unit.name, None):
            page.end()
        self._said(f"{unit.name} runs the new code after {time.monotonic() - begun:.1f} s")

    def _show(self, pod: Pod, unit: Unit, problem: str) -> None:
        """Answer with a reason in a replica's place."""
        if page := self._pages.get(unit.name):
            page.problem = problem
            unit.hold(problem)
            return
        page = BrokenPage(pod.service, problem)
        try:
            with self._platform.moving:
                if self._is_current(unit):
                    self._exchange(pod, unit.name, page.port)
                    self._platform.explaining[unit.name] = page.port
                    self._pages[unit.name] = page
                    unit.hold(problem)
                    return
        except StartError as error:
            self._said(str(error))
        page.end()

    def _end_pages_of_others(self) -> None:
        """End pages in whose place something else was started meanwhile: a promotion, a changed declaration."""
        for name, page in list(self._pages.items()):
            if self._platform.explaining.get(name) != page.port:
                self._pages.pop(name).end()

    def _exchange(self, pod: Pod, name: str, port: int | None) -> None:
        """Give a replica's requests to another port. Raises StartError, and then it has them as before."""
        former = self._platform.explaining.get(name) or self._platform.launched(pod, name).http_port
        serving = self._platform.web_ports(pod.service)
        if port is None or former is None:
            return
        bring_in(self._platform, pod.service, staying=serving, fresh=[port])
        others = [other for other in serving if other != former]
        see_out(self._platform, pod.service, staying=[*others, port], former=[former])

    def _is_current(self, unit: Unit) -> bool:
        return self._platform.units.get(unit.name) is unit


def application_of(pod: Pod) -> str:
    """The package below `apps` that a pod runs; empty for a pod of something else."""
    words = " ".join([*pod.command, pod.environment.get("DJANGO_SETTINGS_MODULE", "")])
    found = _MODULE.search(words) if pod.is_built_here else None
    return found[1] if found else ""


def concerned(pods: list[Pod], changed: list[Path]) -> list[Pod]:
    """Pods whose application has a changed file; all applications where a file is of none and they share it."""
    applications = {application_of(pod) for pod in pods} - {""}
    parts = {path.relative_to(APPLICATIONS).parts[0] for path in changed}
    is_shared = any(_is_shared(part) for part in parts - applications)
    return [pod for pod in pods if application_of(pod) in (applications if is_shared else parts)]


def _is_shared(part: str) -> bool:
    """Whether a file or folder of `apps` is one that others import. A project of its own is not, as a new one is."""
    if part.endswith(".py"):
        return True
    imported = re.compile(rf"^\s*(?:from|import) apps(?:\.| import .*\b){re.escape(part)}\b", re.MULTILINE)
    others = (file for file in APPLICATIONS.rglob("*.py") if file.relative_to(APPLICATIONS).parts[0] != part)
    return any(imported.search(file.read_text()) for file in others)


def _is_web(pod: Pod) -> bool:
    return pod.role == "web" and "http" in pod.ports


def _other_place(name: str, now: str | None) -> str:
    return name if now not in (None, name) else f"{name}{NEXT}"
