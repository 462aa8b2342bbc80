"""Jobs: a pod that runs once. What is complete is not run again until what it would do has changed."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from coditect.local.declared import Pod
from coditect.local.launch import Launch, place_files
from coditect.local.layout import REPOSITORY, Layout, read_names, write_names
from coditect.local.process import ServerProcess, StartError
from coditect.local.secret_values import SecretStore

_LIMIT_S = 540.0
_POLL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a job's last run here went. ended: Unix time."""

    ended: float
    took_s: float
    has_succeeded: bool


class Jobs:
    """Runs jobs and remembers which are complete, as Kubernetes keeps a completed Job."""

    def __init__(self, *, layout: Layout, store: SecretStore) -> None:
        self._layout = layout
        self._store = store
        self.results: dict[str, Result] = {}
        self.running: set[str] = set()

    def complete(self) -> frozenset[str]:
        """Names of jobs that need not run again at the next start, unless what they do changes."""
        return frozenset(read_names(self._layout.jobs))

    def run_once(self, launched: Launch) -> bool:
        """Run unless it is complete. Returns whether it ran. Raises StartError when it fails."""
        done = read_names(self._layout.jobs)
        name, identity = launched.pod.name, _identity(launched.pod)
        if done.get(name) == identity:
            return False
        self.run(launched)
        write_names(self._layout.jobs, {**read_names(self._layout.jobs), name: identity})
        return True

    def run(self, launched: Launch) -> str:
        """Run to its end. Returns the end of its log. Raises StartError with it when it fails."""
        name, begun = launched.pod.name, time.time()
        has_succeeded = False
        self.running.add(name)
        try:
            end = self._run(launched)
            has_succeeded = True
            return end
        finally:
            self.running.discard(name)
            now = time.time()
            self.results[name] = Result(ended=now, took_s=now - begun, has_succeeded=has_succeeded)

    def _run(self, launched: Launch) -> str:
        name = launched.pod.name
        place_files(launched.pod, name=name, layout=self._layout, store=self._store)
        log = self._layout.log(name)
        process = ServerProcess(
            launched.command, log=log, environment=launched.environment, directory=launched.directory
        )
        deadline = time.monotonic() + _LIMIT_S
        while process.is_running:
            if time.monotonic() > deadline:
                process.kill_all()
                raise StartError(f"{name} did not end within {_LIMIT_S:.0f} s.\n{process.log_end()}")
            time.sleep(_POLL_S)
        if process.status != 0:
            raise StartError(f"{name} {process.why_ended()}")
        return process.log_end()


def _identity(pod: Pod) -> str:
    """Changes with the declared job and with the migrations themselves, which here are files and not an image."""
    content = hashlib.sha256(repr((pod.image, pod.command)).encode())
    for file in sorted((REPOSITORY / "apps").rglob("*")):
        if _is_migration(file):
            content.update(file.read_bytes())
    return content.hexdigest()


def _is_migration(file: Path) -> bool:
    parts = file.parts
    return file.suffix in (".py", ".sql") and ("migrations" in parts or file.name in ("migrate.py", "rights.py"))
