"""The directory in which the workers of one server share their metrics."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.configuration.serving import metrics_directory


def test_workers_of_one_parent_share_a_directory_that_nobody_else_enters(tmp_path: Path) -> None:
    directory = metrics_directory(tmp_path)
    assert metrics_directory(tmp_path) == directory
    assert directory.parent == tmp_path
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_link_that_somebody_laid_there_before_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (tmp_path / f"coditect-metrics-{os.getppid()}").symlink_to(foreign)
    with pytest.raises(ImproperlyConfigured, match="TMPDIR"):
        metrics_directory(tmp_path)


def test_what_servers_left_that_are_gone_is_deleted_and_no_living_ones(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, kept, other = (tmp_path / f"coditect-metrics-{of}" for of in (gone.pid, os.getpid(), "notes-of-bob"))
    for directory in (left, kept, other):
        directory.mkdir()
        (directory / "counter_1.db").touch()
    metrics_directory(tmp_path)
    assert not left.exists()
    assert (kept / "counter_1.db").exists()
    assert (other / "counter_1.db").exists()
