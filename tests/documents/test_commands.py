"""Every command that a document, a help text or a message names exists, and is told only what it takes."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from coditect.graph.configuration import ROOT
from tests.documents.found import Command, in_help, in_help_text, in_markdown, in_spans, markdown_files, python_sources
from tests.documents.judged import CLOUD, MACHINE, Kind, judge

_CRUDELY = re.compile(
    r"(?:(?:`|^ {4,}(?:- )?|^\$ )(?:coditect|make|pulumi|gcloud|kubectl)|^coditect) [a-z-]+(?=[ `\n])", re.MULTILINE
)
"""A second way to count, which knows nothing of blocks: what it sees, the first must see too."""
_PLACEHOLDER = re.compile(r"(?!HEAD$)[A-Z_]+|.*…")


@cache
def _documents() -> dict[str, tuple[Command, ...]]:
    return {name: tuple(in_markdown(name, (ROOT / name).read_text())) for name in _names()}


@cache
def _help() -> dict[str, tuple[Command, ...]]:
    return {name: tuple(in_help_text(name, text)) for name, text in in_help()}


def _names() -> list[str]:
    return [str(file.relative_to(ROOT)) for file in markdown_files()]


def _messages() -> tuple[Command, ...]:
    return tuple(
        command for file in python_sources() for command in in_spans(str(file.relative_to(ROOT)), file.read_text())
    )


def _problems(commands: Sequence[Command]) -> list[str]:
    judged = ((command, judge(command)) for command in commands)
    return [
        f"{command.document}: `{command.text}`: {v.problem}" for command, v in judged if v.problem or v.kind is None
    ]


@pytest.mark.parametrize("name", _names())
def test_every_command_of_a_document_exists(name: str) -> None:
    assert _problems(_documents()[name]) == []


def test_every_command_of_a_help_text_exists() -> None:
    assert len(_help()) > 20
    assert _problems([command for commands in _help().values() for command in commands]) == []


def test_every_command_of_a_message_exists() -> None:
    assert _problems(_messages()) == []


@pytest.mark.parametrize("name", _names())
def test_no_command_of_a_document_is_overlooked(name: str) -> None:
    seen = _CRUDELY.findall(re.sub(r"```(?!sh|bash|console)\w+\n[\s\S]*?```", "", (ROOT / name).read_text()))
    found = [" ".join(command.words) for command in _documents()[name]]
    assert len(found) >= len(seen), f"{seen} are there, and only {found} are looked at"


def test_the_table_of_what_is_verified_how(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = Counter(judge(command).kind for commands in _documents().values() for command in commands)
    with capsys.disabled():
        for kind, count in kinds.most_common():
            sys.stdout.write(f"\n  {count:4} {kind}")
        for program, count in _needing_a_cloud().most_common():
            sys.stdout.write(f"\n       {count:4} {program}: {CLOUD[program][0]}")
    assert kinds[Kind.OURS] > 40
    assert kinds[Kind.CLIENT] > 5
    assert kinds[Kind.MAKE] > 10
    assert None not in kinds


def test_what_needs_a_cloud_says_what_would_run_it() -> None:
    assert _needing_a_cloud()
    assert all(CLOUD[program][0] for program in _needing_a_cloud())
    assert not MACHINE & CLOUD.keys()


def _needing_a_cloud() -> Counter[str]:
    judged = (command for commands in _documents().values() for command in commands)
    return Counter(command.words[0] for command in judged if judge(command).kind is Kind.CLOUD)


@pytest.mark.parametrize(
    "written",
    [
        "`coditect plna prod`",
        "`coditect plan prod --jason`",
        "`coditect plan prod dev`",
        "`coditect cost prod --what-if magic`",
        "`coditect exec license-backend -- python -m apps.license_api verify_adit`",
        "`coditect-license acquire --token x`",
        "`make teapot`",
        "`pytest tests/nothing`",
        "`pytest tests/infra --markers-of infra`",
        "`git comit --all`",
        "`git commit --mesage x`",
        "`curl --cacrt authority.pem https://api.example`",
        "`jq --rawfle key key.txt .keys`",
        "`cp infra/nothing.py .`",
        "`make plan STAKC=prod`",
        "`python -m tools.nothing`",
        "`python -m tools.terminal_picture out.svg --untill x -- make up`",
        "`manage.py verify_audit`",
        "`kubectl exec deploy/license-backend -- python -m apps.license_api verify_audit --tenent 1`",
        "`gcloud brew coffee`",
        "```sh\nfrobnicate --all\n```\n",
        "```console\n$ coditect staus\nready\n```\n",
        "text\n\n    coditect statsu   # indented\n",
        "`coditect up`, `open`, `sttus` and more",
        'eval: `eval "$(coditect envy)"`',
    ],
)
def test_a_command_that_does_not_exist_is_found(written: str) -> None:
    assert _problems(list(in_markdown("a document", written))), written


@pytest.mark.parametrize(
    "written",
    [
        "`coditect plan STACK --json | jq .`",
        "`coditect release <stack> gateway-backend sha256:…`",
        "`coditect exec license-backend -- python -m apps.license_api verify_audit --tenant …`",
        "`coditect policy`",
        "text\n\n    A=b make plan STACK=dev \\\n        && coditect status   # and so on\n",
    ],
)
def test_a_command_that_exists_is_not(written: str) -> None:
    commands = list(in_markdown("a document", written))
    assert commands
    assert _problems(commands) == []


def test_every_workflow_that_a_document_names_is_there() -> None:
    named = {
        (str(file.relative_to(ROOT)), workflow)
        for file in markdown_files()
        for workflow in re.findall(r"`([a-z-]+)` workflow|workflow `([a-z-]+)`", file.read_text())
        for workflow in workflow
        if workflow
    }
    assert named, "the first deployment names one"
    missing = [
        f"{document}: {name}" for document, name in named if not (ROOT / f".github/workflows/{name}.yaml").exists()
    ]
    assert missing == []


def _harmless() -> list[tuple[str, ...]]:
    """Documented commands that only read what is declared: run as they stand, each once."""
    reading = {"plan", "cost", "policy", "graph", "inventory", "schema"}
    found = {
        tuple("HEAD" if word in ("main", "origin/main") else word for word in command.words)
        for commands in _documents().values()
        for command in commands
        if command.words[0] == "coditect"
        and command.words[1] in reading
        and (command.words[1] in ("inventory", "schema") or command.words[2:3] in (("prod",), ("dev",), ("local",)))
        and not {"--write", "--help"} & set(command.words)
        and not any(_PLACEHOLDER.fullmatch(word) for word in command.words)
    }
    return sorted(found)


# Each is a process that captures a stack: a minute in all.
@pytest.mark.verify
@pytest.mark.parametrize("words", _harmless(), ids=" ".join)
def test_a_documented_command_that_only_reads_does_so(words: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or list(tmp_path.iterdir())
