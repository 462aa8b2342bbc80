"""What is said after all runs: the slowest tests, and the sum that everyone reads."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.slowest import read, told


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
