"""Times a first `coditect up`, from nothing to every address ready, later ones, and its memory: `make bench-start`.

The baseline, timed in the same run, is what most of its processes begin with: Django and the license service, imported.
It says how fast the machine is.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.table import Table

from coditect.console import err, out
from tools.memory import shared_out_mib

LATER_STARTS = 3
# What the project promises: seconds of a first start after installation and of a later one, and memory in use.
MOST_FIRST_S, MOST_LATER_S, MOST_MIB = 25.0, 8.0, 1_536.0
_READY = re.compile(r"Ready after ([\d.]+) s")
_LIMIT_S = 180.0
_IMPORTED = "import django; django.setup(); import apps.domain.licensing.services"


def main() -> int:
    """Prints the table. Returns 1 where a promise is not kept."""
    err.print("Timing one import, then a first start, then later ones ...")
    baseline = statistics.median(_one_import() for _ in range(LATER_STARTS))
    # Sockets must fit into a path of a hundred letters.
    with tempfile.TemporaryDirectory(prefix="up-", dir="/tmp") as directory:
        first, first_mib = _start(Path(directory) / "state")
        later = [_start(Path(directory) / "state") for _ in range(LATER_STARTS)]
    later_s = statistics.median(took for took, _ in later)
    memory = max(first_mib, *(mib for _, mib in later))
    table = Table(title="coditect up: every address ready", title_justify="left")
    for column in ("what", "measured", "promised at most", "times the baseline"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("Django and the license service imported (baseline)", f"{baseline:.1f} s", "", "1.0")
    table.add_row("first start", f"{first:.1f} s", f"{MOST_FIRST_S:g} s", f"{first / baseline:.1f}")
    table.add_row(
        f"later start, median of {LATER_STARTS}", f"{later_s:.1f} s", f"{MOST_LATER_S:g} s", f"{later_s / baseline:.1f}"
    )
    table.add_row("memory of all processes (PSS)", f"{memory:,.0f} MiB", f"{MOST_MIB:,.0f} MiB", "")
    out.print(table)
    return 0 if first <= MOST_FIRST_S and later_s <= MOST_LATER_S and memory <= MOST_MIB else 1


def _one_import() -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", _IMPORTED],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "apps.configuration.checking"},
        check=True,
    )
    return time.perf_counter() - started


def _start(state: Path) -> tuple[float, float]:
    """Seconds until it is ready, in its own words, and the memory of all its processes then; it is ended again."""
    log = state.with_suffix(".log")
    with log.open("wb") as output:
        command = [sys.executable, "-m", "coditect", "up", "--state", str(state)]
        running = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _LIMIT_S
        while (ready := _READY.search(log.read_text())) is None:
            if running.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"It did not become ready:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        return float(ready[1]), sum(shared_out_mib(running.pid).values())
    finally:
        running.terminate()
        running.wait(60)


if __name__ == "__main__":
    sys.exit(main())
