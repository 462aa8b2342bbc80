"""What the running platform takes of a laptop's memory."""

from pathlib import Path

import pytest

from tests.local.platform import RunningPlatform
from tools.memory import shared_out_mib

_LIMIT_MIB = 1_536


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:160]
    except (FileNotFoundError, ProcessLookupError):
        return "has ended"


@pytest.mark.smoke
def test_the_whole_platform_takes_less_than_a_gigabyte_and_a_half(platform: RunningPlatform) -> None:
    taken = shared_out_mib(platform.supervisor.pid)
    assert set(platform.processes().values()) <= taken.keys()
    assert sum(taken.values()) < _LIMIT_MIB, "\n".join(
        f"{taken[process]:6.0f} MiB {_command(process)}" for process in sorted(taken, key=taken.__getitem__)
    )
