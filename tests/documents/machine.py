"""Programs of this machine that documents name: their verbs and options by their own help, the repository's paths."""

import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coditect.graph.configuration import ROOT
from tests.repository.documents import TO_COME, tracked

_HELP = {
    "curl": ("curl", "--help", "all"),
    "git": ("git", "VERB", "-h"),
    "jq": ("jq", "--help"),
    "openssl": ("openssl", "VERB", "-help"),
    "pip": (sys.executable, "-m", "pip", "VERB", "--help"),
    "pre-commit": (str(Path(sys.executable).parent / "pre-commit"), "VERB", "--help"),
    "psql": ("psql", "--help"),
    "pytest": (sys.executable, "-m", "pytest", "--help"),
    "redis-cli": ("redis-cli", "--help"),
}
"""How each tells its options. The others are a shell's own, or take what every Unix has."""
_OPTION = re.compile(r"--[a-z][\w-]*|-[A-Za-z]\w*")
_PATH = re.compile(r"[\w.-]+/[\w./-]*")


def problem(program: str, arguments: Sequence[str]) -> str:
    """What is wrong with a command, in a word; empty where nothing is."""
    lost = [word for word in arguments if _is_of_the_repository(word) and not _is_there(word.partition("::")[0])]
    if lost:
        return f"there is no {', '.join(lost)}"
    if program not in _HELP or shutil.which(_HELP[program][0]) is None:
        return ""
    verb = ""
    if "VERB" in _HELP[program]:
        verb = next((word for word in arguments if not word.startswith("-")), "")
    told = _told(program, verb)
    if verb and "usage" not in told.lower():
        return f"{program} has no {verb}"
    options = [found[0] for word in arguments if (found := _OPTION.match(word))]
    unknown = [option for option in options if not _is_told(option, told)]
    return f"{program} {verb} has no {', '.join(unknown)}" if unknown else ""


def _is_told(option: str, told: str) -> bool:
    # `-sS` is two options of a letter each, `-base64` is one.
    spellings = (option,) if option.startswith("--") else (option, option[:2])
    return any(re.search(rf"(?<![\w-]){spelling}(?![\w-])", told) for spelling in spellings)


def _is_of_the_repository(word: str) -> bool:
    return _PATH.match(word) is not None and word.partition("/")[0] in tracked()


def _is_there(path: str) -> bool:
    return (ROOT / path).exists() or f"{path.rstrip('/')}/" in TO_COME


@functools.cache
def _told(program: str, verb: str) -> str:
    command = [verb if word == "VERB" else word for word in _HELP[program]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
