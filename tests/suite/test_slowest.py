"""What is said after all runs: the slowest tests, and the sum that everyone reads."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.image_tree import ROOT
from tools.slowest import main, read, told


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two files as pytest writes them: one run with a failure, an error and a skipped test, one without."""
    tests = {
        "bad": "import time, pytest\n"
        "@pytest.fixture\ndef broken(): raise OSError('no ground')\n"
        "def test_slow(): time.sleep(0.3)\n"
        "def test_wrong(): assert False\n"
        "def test_groundless(broken): pass\n"
        "@pytest.mark.skip\ndef test_left_out(): pass\n",
        "good": "def test_right(): pass\n",
    }
    for name, source in tests.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(source)
        (tmp_path / name / "pytest.ini").write_text("[pytest]\n")
        report = f"--junitxml={tmp_path / name}.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:django", report],
            cwd=tmp_path / name,
            check=False,
            capture_output=True,
        )
    return tmp_path / "bad.xml", tmp_path / "good.xml"


def test_the_slowest_come_first_and_the_sum_of_all_runs_last(runs: tuple[Path, Path]) -> None:
    lines = told(read(run) for run in runs).splitlines()
    assert lines[0] == "The 5 slowest of 5 tests:"
    assert lines[1].endswith("test_bad::test_slow")
    assert lines[-1].startswith("2 failed, 2 passed, 1 skipped in ")


def test_a_run_that_left_no_file_is_named_and_the_others_are_told(
    runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["absent.xml", str(runs[1])])
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("absent.xml is not there")
    assert last.startswith("1 passed in ")


def test_ci_tells_the_slowest_also_of_tests_that_failed_and_never_those_of_an_earlier_run(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "make", 'echo "$@"; ls .cache/tests; [ "$1" != test ]')
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    done = _typed(tmp_path, ".ci/run")
    assert done.returncode != 0
    assert done.stdout.splitlines() == ["lint", "test", "slowest"]


def test_verify_tells_the_slowest_also_of_tests_that_failed_and_never_those_of_an_earlier_run(tmp_path: Path) -> None:
    done = _typed(_with_makefile(tmp_path, fails_on="not verify"), "make", "verify")
    assert done.returncode != 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["pytest", "tools.slowest"]


def test_a_run_of_the_tests_deletes_what_the_slower_ones_wrote_before(tmp_path: Path) -> None:
    assert _typed(_with_makefile(tmp_path, fails_on="nothing"), "make", "test").returncode == 0
    assert list((tmp_path / ".cache" / "tests").iterdir()) == []


def _with_makefile(root: Path, *, fails_on: str) -> Path:
    """A directory where everything is set up and Python only says what it was asked, and what results are there."""
    shutil.copy(ROOT / "Makefile", root)
    for name in ("locks/dev.lock", "locks/bootstrap.lock", "pyproject.toml", "sdk/python/pyproject.toml"):
        _program(root / name, "")
    _program(root / "tools" / "setup.sh", "")
    _program(root / ".venv" / "bin" / "python", f'echo "$@"; ls .cache/tests; [[ "$*" != *"{fails_on}"* ]]')
    (root / ".venv" / ".ready").touch()
    return root


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def _typed(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command where results of an earlier run lie about."""
    results = root / ".cache" / "tests"
    results.mkdir(parents=True)
    for name in ("test.xml", "verify-rest.xml"):
        (results / name).touch()
    path = f"{root / 'bin'}:{os.environ['PATH']}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command, cwd=root, env=inherited | {"PATH": path}, capture_output=True, text=True, check=False
    )
