"""Commands that the repository's texts name: in Markdown, in help texts, in messages of our own code."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coditect.graph.configuration import ROOT
from tests.repository.documents import pages

SHELL_FENCES = frozenset({"sh", "bash", "shell", "console"})

OURS = frozenset({"coditect", "coditect-license", "make", "python", "python3", "manage.py"})
_FOR_THE_CLOUD = ("pulumi", "gcloud", "kubectl", "helm", "docker", "podman", "gh", "dig")
_FOR_DATA = ("psql", "redis-cli", "curl", "jq", "openssl", "git", "pip", "pipx", "pre-commit", "pytest", "code")
_OF_THE_SHELL = (".", "bash", "cd", "cat", "echo", "printf", "export", "eval", "read", "source")
_OF_UNIX = ("date", "df", "ls", "rm", "cp")
_FILTERS = ("sed", "tr", "head", "tail", "cut", "grep")
PROGRAMS = OURS | {*_FOR_THE_CLOUD, *_FOR_DATA, *_OF_THE_SHELL, *_OF_UNIX, *_FILTERS}
"""First words that make a span or a block a command. A shell block may name no other."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<content>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)((?: {4} *\S[^\n]*\n(?:\n(?= {4}))?)+)")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_FORMATTED = re.compile(r"\{[a-z_][\w.\[\]()]*\}")
_ALSO = re.compile(r"`coditect [a-z-]+`((?:,(?: and| or)? `[a-z-]+`)+)")
_PLACEHOLDER = re.compile(r"<([A-Za-z][^<>|&;()]*)>")
_INNER = re.compile(r"[$<]\(([^()]*)\)")
_EXAMPLE = re.compile(r"^ {2,}((?:coditect|coditect-license|make) [a-z]\S*(?: \S+)*)", re.MULTILINE)
_LOOP = re.compile(r"^(?:for \w+ in [^;]*; do|done)\s*|^do ")
"""What goes round the commands of a loop, which stands one command a line."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SEPARATORS = frozenset({"|", "||", "&&", ";", "&"})
_REDIRECTIONS = frozenset({"<", ">", ">>", "2>", "<<"})
_INSTALLED = ".venv/bin/"
_MEANT = {"<stack>": "prod", "STACK": "prod", "REVISION": "HEAD"}


@dataclass(frozen=True, kw_only=True)
class Command:
    """One simple command. text: as the document has it, with all that stands on its line. is_span: in running text,
    where a name alone is a mention and no invocation.
    """

    document: str
    text: str
    words: tuple[str, ...]
    is_span: bool


def markdown_files() -> list[Path]:
    """Every Markdown file of the repository."""
    return [ROOT / page for page in pages()]


def in_markdown(name: str, content: str) -> Iterator[Command]:
    """Of shell blocks, of indented blocks that begin with a program, and of spans that do."""
    for fence in _FENCE.finditer(content):
        if fence["language"] in SHELL_FENCES:
            yield from _in_block(name, fence["content"], is_console=fence["language"] == "console")
        elif not fence["language"]:
            yield from _in_bare_block(name, fence["content"])
    prose = _FENCE.sub("", content)
    for block in _INDENTED.finditer(prose):
        yield from _in_bare_block(name, block[1])
    yield from in_spans(name, _INDENTED.sub("\n", prose))


def in_spans(name: str, prose: str) -> Iterator[Command]:
    """Of code between single backticks that begins with a program; `coditect up`, `down` names two commands."""
    for span in _SPAN.finditer(prose):
        words = _without_assignments(span[1].split())
        if words and words[0] in PROGRAMS and not (len(words) == 1 and words[0] != "manage.py"):
            yield from _simple(name, " ".join(words), is_span=True)
    for more in _ALSO.finditer(prose):
        for span in _SPAN.finditer(more[1]):
            yield from _simple(name, f"coditect {span[1]}", is_span=True)


def in_help_text(name: str, text: str) -> Iterator[Command]:
    """Of spans, and of lines that begin with one of our programs: examples, and the rows of `make help`."""
    yield from in_spans(name, text)
    for line in _EXAMPLE.finditer(text):
        yield from _simple(name, line[1], is_span=True)


def in_help() -> Iterator[tuple[str, str]]:
    """Help texts by the command that prints them."""
    top = _printed("coditect", "--help")
    yield "coditect --help", top
    for row in re.finditer(r"^  ([a-z][a-z-]*) {2,}\S", top, re.MULTILINE):
        yield f"coditect {row[1]} --help", _printed("coditect", row[1], "--help")
    yield "coditect-license --help", _printed("coditect_license.cli", "--help")
    for action in ("status", "acquire", "release", "run"):
        yield f"coditect-license {action} --help", _printed("coditect_license.cli", action, "--help")
    yield "make help", subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def python_sources() -> list[Path]:
    """Our own code but tests: its messages and docstrings name commands."""
    rooms = ("coditect", "infra", "apps", "policies", "explained", "sdk/python/src", "bench", "tools")
    files = (file for room in rooms for file in (ROOT / room).rglob("*.py"))
    return sorted(file for file in files if "tests" not in file.parts)


def _printed(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def _in_bare_block(name: str, content: str) -> Iterator[Command]:
    words = _without_assignments(content.split())
    if words and words[0] in PROGRAMS:
        yield from _in_block(name, content, is_console=False)


def _in_block(name: str, content: str, *, is_console: bool) -> Iterator[Command]:
    joined = re.sub(r" *\\\n\s*|(?<=\|)\n\s*", " ", content)
    for line in joined.splitlines():
        written = line.strip()
        if is_console and not written.startswith("$ "):
            continue  # what the command prints
        yield from _simple(name, written.removeprefix("$ "), is_span=False)


def _simple(name: str, text: str, *, is_span: bool) -> Iterator[Command]:
    """The simple commands of one line: those of a pipeline, and those whose output stands in another."""
    rest = _FORMATTED.sub("PLACEHOLDER", text) if is_span else text
    rest = _PLACEHOLDER.sub(lambda found: _MEANT.get(found[0], "PLACEHOLDER"), rest)
    while inner := _INNER.search(rest):
        yield from _simple(name, inner[1], is_span=is_span)
        rest = rest[: inner.start()] + "SUBSTITUTED" + rest[inner.end() :]
    rest = _LOOP.sub("", rest)
    lexer = shlex.shlex(rest, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    tokens = iter([*lexer, ";"])
    for token in tokens:
        if token in _REDIRECTIONS:
            next(tokens)
        elif token not in _SEPARATORS:
            words.append(_MEANT.get(token, token))
        elif words:
            if not all(_ASSIGNMENT.match(word) for word in words):
                yield Command(document=name, text=text, words=tuple(_without_assignments(words)), is_span=is_span)
            words = []


def _without_assignments(words: list[str]) -> list[str]:
    index = 0
    while index < len(words) - 1 and _ASSIGNMENT.match(words[index]):
        index += 1
    return [words[index].removeprefix(_INSTALLED), *words[index + 1 :]] if words else []
