"""The README's first example and its command lines run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from service_stand_in import TOKEN, Server

README = Path(__file__).parents[1] / "README.md"


def run_example(service: Server, home: Path) -> str:
    example = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert example is not None
    environment = {**os.environ, "CODITECT_TOKEN": TOKEN, "CODITECT_API_URL": service.url, "HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", example[1]], env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def test_the_first_example_works_and_gives_its_seat_back(service: Server, tmp_path: Path) -> None:
    expected = "seat 1 of 1, tier pro\nworking on the first part\nworking on the second part\n"
    assert run_example(service, tmp_path) == expected
    assert service.sessions == {}


def test_the_first_example_says_when_to_come_back(service: Server, tmp_path: Path) -> None:
    service.sessions["another-machine"] = "sess-carol"
    assert run_example(service, tmp_path) == "all 1 seats are taken; try again in 1 s\n"


def test_the_commands_take_keep_show_and_give_back_a_seat(service: Server, tmp_path: Path) -> None:
    block = re.search(r"## Command line\n\n```console\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    script = block[1].replace("$ ", "").replace("https://api.coditect.ai", service.url)
    (tmp_path / "Makefile").write_text("build:\n\t@echo built\n")
    token = tmp_path / ".coditect" / "token"
    token.parent.mkdir()
    token.write_text(TOKEN)
    token.chmod(0o600)
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    built, taken, status, given_back = done.stdout.splitlines()
    assert built == "built"
    assert taken.startswith("Seat taken: ")
    assert '"held": true' in status
    assert given_back.startswith("Seat given back: ")
    assert service.sessions == {}
