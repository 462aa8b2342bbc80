"""Tests find what they need from wherever they are started."""

import subprocess
import sys

import pytest

from tests.repository.image_tree import ROOT


@pytest.mark.parametrize(
    "file", ["tests/infra/test_settings.py", "apps/configuration", "sdk/python/tests/test_time.py"]
)
def test_a_test_passes_from_the_root_of_the_file_system(file: str) -> None:
    quick = ["-q", "-p", "no:cacheprovider", "-m", "not servers and not verify"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quick, str(ROOT / file)], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
