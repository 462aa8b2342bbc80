"""Whether a named command exists: ours are parsed by their own parsers, the rest by their help or by form."""

import contextlib
import functools
import importlib.util
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import django
import typer
from coditect_license.cli import command_line

from coditect.cli import app
from coditect.graph.configuration import ROOT
from tests.documents import machine
from tests.documents.found import OURS, PROGRAMS, Command


class Kind(StrEnum):
    """By what a command is verified."""

    OURS = "parsed by `coditect` itself"
    CLIENT = "parsed by `coditect-license` itself"
    MAKE = "a target of the Makefile"
    MODULE = "a module, its options by its `--help`"
    DJANGO = "a management command, by its source"
    CLOUD = "form only: needs a cloud"
    MACHINE = "a program of this machine, by its own help, and paths of the repository"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """kind: None for a command that nobody knows. problem: empty where it is as it should be."""

    kind: Kind | None
    problem: str = ""


CLOUD = {
    "pulumi": (
        "tests/engine runs the program with the real engine",
        "up preview refresh import destroy login stack state config",
    ),
    "gcloud": (
        "a project of the stack",
        (
            "auth beta billing certificate-manager compute config container dns iam kms logging monitoring projects "
            "redis secrets services sql storage"
        ),
    ),
    "kubectl": ("a cluster of the stack", "apply create delete describe exec get logs rollout scale wait"),
    "helm": ("charts are rendered by tests/infra/test_charts.py", "lint template pull"),
    "docker": ("a machine that runs containers", "build buildx run compose image"),
    "podman": ("a machine that runs containers", "build run"),
    "gh": ("a checkout on GitHub", "workflow run pr api"),
    "dig": ("the public DNS", ""),
}
"""Programs that need more than this machine: what would run them, and the verbs that documents may use."""

MACHINE = PROGRAMS - CLOUD.keys() - OURS

DJANGO = Path(django.__file__).parent
_PROJECTS = frozenset({"apps.gateway", "apps.license_api", "django"})
_LEFT_OPEN = re.compile(r"^(?:…|\.\.\.|\[.*|.*\])$")


def judge(command: Command) -> Verdict:
    """What kind of command it is, and what is wrong with it."""
    program, *arguments = command.words
    if program == "coditect":
        return Verdict(kind=Kind.OURS, problem=_ours(arguments, is_mention=command.is_span))
    if program == "coditect-license":
        return Verdict(kind=Kind.CLIENT, problem=_client(arguments))
    if program == "make":
        return Verdict(kind=Kind.MAKE, problem=_target(tuple(arguments)))
    if program in ("python", "python3") and arguments[:1] == ["-m"]:
        return _module(arguments[1], tuple(arguments[2:]))
    if program in ("python", "python3"):
        says = machine.problem(program, arguments) if arguments else "python alone does nothing here"
        return Verdict(kind=Kind.MACHINE, problem=says)
    if program in CLOUD:
        verbs = CLOUD[program][1].split()
        known = not verbs or any(word in verbs for word in arguments)
        inner = _after(arguments)
        if known and "exec" in arguments and inner:
            return Verdict(kind=Kind.CLOUD, problem=_inner(command, inner))
        return Verdict(kind=Kind.CLOUD, problem="" if known else f"{program} knows none of {' '.join(arguments)}")
    if program in MACHINE:
        return Verdict(kind=Kind.MACHINE, problem=machine.problem(program, arguments))
    if program == "manage.py":
        return Verdict(kind=Kind.DJANGO, problem="there is no manage.py: write python -m apps.license_api")
    return Verdict(kind=None, problem=f"nobody knows {program}")


def _ours(arguments: list[str], *, is_mention: bool) -> str:
    """Parsed to the end by the command line, without running it."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    outer = group.make_context("coditect", [], resilient_parsing=True)
    if not arguments or arguments[0].startswith("-"):
        known = {option for parameter in group.get_params(outer) for option in parameter.opts}
        return "" if set(arguments) <= known | {"--help"} else f"no option {arguments}"
    name, *rest = arguments
    command = group.get_command(outer, name)
    if command is None:
        return f"there is no `coditect {name}`"
    if is_mention and not [word for word in rest if not word.startswith("-")]:
        known = {option for parameter in command.get_params(outer) for option in parameter.opts}
        unknown = [word for word in rest if word not in known]
        return f"`coditect {name}` has no {', '.join(unknown)}" if unknown else ""
    try:
        command.make_context(name, list(rest), parent=outer)
    except Exception as error:  # Typer's copy of Click is private, and so are its errors
        return "" if type(error).__name__ == "Exit" else f"{error}"
    inner = _after(rest)
    if name == "exec" and inner:
        shown = Command(document="", text=" ".join(inner), words=tuple(inner), is_span=False)
        return judge(shown).problem
    return ""


def _client(arguments: list[str]) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            command_line().parse_args([word for word in arguments if not _LEFT_OPEN.match(word)])
    except SystemExit as ended:
        return "" if ended.code in (0, None) else f"coditect-license refuses {' '.join(arguments)}"
    return ""


@functools.cache
def _target(arguments: tuple[str, ...]) -> str:
    targets = [word for word in arguments if "=" not in word]
    variables = [word.partition("=")[0] for word in arguments if "=" in word]
    makefile = (ROOT / "Makefile").read_text()
    problems = [
        f"the Makefile has no {name}" for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)
    ]
    problems += [f"the Makefile reads no {name}" for name in variables if not re.search(rf"\$\({name}\)", makefile)]
    return "; ".join(problems)


def _module(name: str, arguments: tuple[str, ...]) -> Verdict:
    if name in _PROJECTS:
        return Verdict(kind=Kind.DJANGO, problem=_management(name, arguments))
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None and "NAME" not in name:
        return Verdict(kind=Kind.MODULE, problem=f"there is no module {name}")
    options = tuple(word.strip("[]").partition("=")[0] for word in arguments if word.strip("[]").startswith("--"))
    return Verdict(kind=Kind.MODULE, problem=_options(name, tuple(o for o in options if o != "--")))


@functools.cache
def _options(module: str, options: tuple[str, ...]) -> str:
    if not options:
        return ""
    example = module.replace("NAME", "mailbox")
    done = subprocess.run(
        [sys.executable, "-m", example, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    unknown = [option for option in options if option not in done.stdout]
    return f"{module} has no {', '.join(unknown)}" if unknown else ""


@functools.cache
def _management(project: str, arguments: tuple[str, ...]) -> str:
    """By its source: Django's own commands and those of our applications, which both projects have installed."""
    if not arguments or arguments[0] == "COMMAND":
        return ""
    name, *rest = arguments
    places = [
        *(ROOT / "apps").rglob(f"management/commands/{name}.py"),
        DJANGO / "core/management/commands" / f"{name}.py",
    ]
    sources = [place.read_text() for place in places if place.exists()]
    if not sources:
        return f"{project} has no command {name}"
    sources.append((DJANGO / "core/management/base.py").read_text())  # what every command takes
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    unknown = [option for option in options if not any(f'"{option}"' in source for source in sources)]
    return f"{name} has no {', '.join(unknown)}" if unknown else ""


def _after(arguments: list[str]) -> list[str]:
    return arguments[arguments.index("--") + 1 :] if "--" in arguments else []


def _inner(command: Command, words: list[str]) -> str:
    return judge(Command(document=command.document, text=command.text, words=tuple(words), is_span=False)).problem
