"""The client's README, followed by a stranger beside the running platform; what `coditect env` and `token` print."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coditect.local.layout import REPOSITORY
from explained.exits import Exit
from tests.local.platform import RunningPlatform

_README = (REPOSITORY / "sdk" / "python" / "README.md").read_text()
_BESIDE = "## Against a platform on your own machine"


def shell(script: str, home: Path) -> subprocess.CompletedProcess[str]:
    """As in a new shell of someone who knows nothing of this repository's tests."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home)}
    return subprocess.run(
        ["bash", "-euc", script], cwd=home, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def variables(platform: RunningPlatform) -> str:
    """A shell's line that sets what `coditect env` prints for Alice."""
    return f'eval "$(coditect env --person alice --state "{platform.state}")"\n'


def test_the_readmes_first_example_takes_a_seat_of_the_running_platform(variables: str, tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", _README, re.DOTALL)
    assert example is not None
    (tmp_path / "example.py").write_text(example[1])
    done = shell(f"{variables}python example.py", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"seat \d of 5, tier pro\nworking on the first part\nworking on the second part\n", done.stdout
    ), done.stdout


def test_the_readmes_commands_beside_the_platform_print_what_it_says(variables: str, tmp_path: Path) -> None:
    block = re.search(r"```console\n(.*?)```", _README.partition(_BESIDE)[2], re.DOTALL)
    assert block is not None
    first, *commands = [line[2:] for line in block[1].splitlines() if line.startswith("$ ")]
    shown = [line for line in block[1].splitlines() if not line.startswith("$ ")]
    assert first == 'eval "$(coditect env --person alice)"'
    done = shell(variables + "\n".join(commands), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == shown


def test_curl_reaches_the_platform_with_what_env_prints(variables: str, tmp_path: Path) -> None:
    asked = 'curl -sS --cacert "$CODITECT_CA_FILE" -H "Authorization: Bearer $CODITECT_TOKEN" '
    done = shell(f'{variables}{asked} "$CODITECT_API_URL/api/v1/licenses"', tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["licenses"][0]["seats_total"] == 5


def test_env_sets_nothing_that_another_program_reads(platform: RunningPlatform) -> None:
    lines = platform.run("env").stdout.splitlines()
    assert len(lines) == 4, "addresses and authority, and no token unless a person is named"
    assert all(re.match(r"export CODITECT_[A-Z_]+=\S+$", line) for line in lines)


def test_env_prints_the_same_as_json(platform: RunningPlatform) -> None:
    lines = platform.run("env").stdout.splitlines()
    told = json.loads(platform.run("env", "--json").stdout)
    assert [f"export {name}={value}" for name, value in told.items()] == lines


@pytest.mark.parametrize("person", ["carol", "Carol", "carol@globex.example"])
def test_token_prints_a_token_and_nothing_else(platform: RunningPlatform, person: str) -> None:
    done = platform.run("token", person)
    assert (done.returncode, done.stderr) == (0, "")
    (token,) = done.stdout.splitlines()
    claims = token.split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["email"] == "carol@globex.example"


def test_an_unknown_person_is_told_who_there_is(platform: RunningPlatform) -> None:
    done = platform.run("token", "eve")
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert done.stderr == (
        "error eve is nobody of the demonstration. There are: alice@acme.example, bob@acme.example, "
        "carol@globex.example, sam@coditect.example.\n"
    )


def test_env_and_token_say_so_where_nothing_runs(tmp_path: Path) -> None:
    for command in (["env"], ["token", "alice"]):
        done = subprocess.run(
            [sys.executable, "-m", "coditect", *command, "--state", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=REPOSITORY,
        )
        assert done.returncode == Exit.COULD_NOT_RUN
        assert "No platform runs from here. Start one with `coditect up`." in done.stderr
