"""A declared pod as a process of this machine: the one place where addresses, ports and paths are translated.

Nothing is guessed from a variable's name alone. A value is translated because it equals what a resource of the graph
gives out: the database's address, the cache's, a signing key, a public host, one of the pod's own ports.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coditect.local.declared import Deployed, NotDeclared, Pod
from coditect.local.layout import REPOSITORY, Layout, write_private
from coditect.local.process import LOOPBACK
from coditect.local.secret_values import SecretStore

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
# A pod listens on all its addresses, since network policy decides who reaches it. Here nothing would.
_ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - compared with, never listened on
# Variables of the launcher's own that a process may see.
_INHERITED = ("LANG", "LC_ALL", "TZ", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, kw_only=True)
class World:
    """Where on this machine the things are that processes reach.

    hosts: public hosts, which answer on https_port. console_port: where spans are taken.
    """

    database_port: int
    cache_port: int
    kms_port: int
    https_port: int
    console_port: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A process that can be started. ports: local ports by the container port's name."""

    pod: Pod
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    directory: Path

    @property
    def http_port(self) -> int | None:
        """Where requests go."""
        return self.ports.get("http")

    def local_port(self, container_port: int) -> int:
        """The local port that stands for a container's."""
        for name, port in self.pod.ports.items():
            if port == container_port:
                return self.ports[name]
        raise NotDeclared(f"{self.pod.name} has a probe on port {container_port}, which it does not open.")


def launch(
    pod: Pod, *, name: str, ports: Mapping[str, int], deployed: Deployed, world: World, layout: Layout
) -> Launch:
    """What to start for a pod. name: of this replica; its files lie below `run/NAME`."""
    if not pod.is_built_here:
        return _stand_in(pod, ports, layout.pod(name))
    home = layout.pod(name)
    paths = {mount.path: str(home / mount.path.strip("/").replace("/", "-")) for mount in pod.mounts}
    told = {variable: _value(value, pod, paths, world, deployed) for variable, value in pod.environment.items()}
    for variable, value in pod.environment.items():
        if value == deployed.database.host:
            told[variable] = LOOPBACK
            told[variable.removesuffix("_HOST") + "_PORT"] = str(world.database_port)
        if value in deployed.signing_keys:
            told["KMS_ENDPOINT"] = f"{LOOPBACK}:{world.kms_port}"
        if value.isdecimal() and int(value) in pod.ports.values():
            told[variable] = str(next(ports[key] for key, port in pod.ports.items() if port == int(value)))
    if "metrics" in pod.ports:
        told["METRICS_HOST"] = LOOPBACK
    if pod.role == "web":
        told["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = f"http://{LOOPBACK}:{world.console_port}/v1/traces"
        told["OTEL_SERVICE_NAME"] = name
    base = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": paths.get("/tmp", str(home)),  # noqa: S108 - the container's, which is a directory of its own here
        "PYTHONUNBUFFERED": "1",
    }
    environment = {**_inherited(), **base, **told}
    command = [_argument(part, environment, paths) for part in pod.command]
    command[0] = _program(command[0])
    return Launch(pod=pod, command=tuple(command), environment=environment, ports=ports, directory=REPOSITORY)


def place_files(pod: Pod, *, name: str, layout: Layout, store: SecretStore) -> None:
    """Make a pod's directories, and write its secrets as files that this user alone reads."""
    for mount in pod.mounts:
        directory = layout.pod(name) / mount.path.strip("/").replace("/", "-")
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for secret in mount.secrets or ():
            write_private(directory / secret.file, store.value(secret.secret))


def secret_of(deployed: Deployed, variable: str) -> str:
    """Which Secret Manager secret is behind a variable that names a file. Raises NotDeclared."""
    for pod in deployed.pods:
        path = pod.environment.get(variable)
        if path is None:
            continue
        for mount in pod.mounts:
            for secret in mount.secrets or ():
                if path == f"{mount.path}/{secret.file}":
                    return secret.secret
    raise NotDeclared(f"No pod reads {variable} from a mounted secret, so there is no value to give the server.")


def password_secrets(deployed: Deployed) -> dict[str, str]:
    """Secrets of the database's logins, by login, as the pods name both."""
    found = {}
    for pod in deployed.pods:
        user, path = pod.environment.get("DATABASE_USER"), pod.environment.get("DATABASE_PASSWORD_FILE")
        for mount in pod.mounts:
            for secret in mount.secrets or ():
                if user and path == f"{mount.path}/{secret.file}":
                    found[user] = secret.secret
    return found


def _value(value: str, pod: Pod, paths: Mapping[str, str], world: World, deployed: Deployed) -> str:
    cache = deployed.cache
    value = value.replace(f"{cache.host}:{cache.port}", f"{LOOPBACK}:{world.cache_port}")
    if world.https_port != 443:
        for host in world.hosts:
            if value == f"https://{host}":
                value = f"{value}:{world.https_port}"
    return _path(value, paths)


def _argument(part: str, environment: Mapping[str, str], paths: Mapping[str, str]) -> str:
    """Kubernetes' own expansion of `$(NAME)`, and this machine's paths."""
    expanded = _REFERENCE.sub(lambda match: environment.get(match[1], match[0]), part)
    return _path(LOOPBACK if expanded == _ALL_ADDRESSES else expanded, paths)


def _path(value: str, paths: Mapping[str, str]) -> str:
    for mounted, local in paths.items():
        if value == mounted or value.startswith(f"{mounted}/"):
            return local + value.removeprefix(mounted)
    return value


def _program(name: str) -> str:
    """The program as the image has it on its path: beside this interpreter."""
    beside = Path(sys.executable).parent / name
    if name == "python":
        return sys.executable
    return str(beside)


def _stand_in(pod: Pod, ports: Mapping[str, int], home: Path) -> Launch:
    command = [sys.executable, "-m", "coditect.local.standins.image", "--name", pod.service]
    command += ["--image", pod.image, "--namespace", pod.namespace]
    if pod.command:
        command += ["--container-command", " ".join(pod.command)]
    command += ["--port", str(next(iter(ports.values())))]
    environment = {**_inherited(), "PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return Launch(pod=pod, command=tuple(command), environment=environment, ports=ports, directory=REPOSITORY)


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}
