"""`python -m bench.license`: the license service beside its baselines, everything in one run on this machine."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from bench.license import measure, report
from bench.license.measure import CONNECTIONS, Line, Setting
from bench.license.servers import Workers
from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer

SEATS = 1_000_000
BEATS_A_SECOND = SEATS / 300
"""Each seat beats every 300 s."""


def main() -> int:
    """Exit status: 0 whether the targets are met or not, for a shared machine proves little; 1 with --strict."""
    parser = argparse.ArgumentParser(prog="python -m bench.license", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement (default 10)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes of every HTTP server (default 2)")
    parser.add_argument("--threads", type=int, default=32, help="threads of each worker (default 32)")
    parser.add_argument("--seats", type=int, default=SEATS, help="living seats of the last part; 0 leaves it out")
    parser.add_argument("--hold", type=float, default=60, help="seconds for which their beats are held (default 60)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--strict", action="store_true", help="status 1 when a target is missed")
    arguments = parser.parse_args()

    directory = Path(tempfile.mkdtemp(prefix="coditect-bench-"))
    directory.chmod(0o755)  # PostgreSQL may run as another account
    flags = {"max_connections": "200", "shared_buffers": "512MB", "synchronous_commit": "on", "fsync": "on"}
    try:
        with (
            PostgresServer(directory / "postgres", flags=flags) as postgres,
            RedisServer(directory / "redis", password="bench-only", maxmemory="4gb") as redis,
        ):
            setting = Setting(
                workers=Workers(processes=arguments.workers, threads=arguments.threads),
                seconds=arguments.seconds,
                state_dir=directory,
                postgres=postgres,
                redis=redis,
            )
            before = measure.bare(setting)
            lines = [*measure.service(setting), *measure.specification(setting)]
            after = measure.bare(setting)
            seats = None
            if arguments.seats:
                rate = BEATS_A_SECOND * arguments.seats / SEATS
                seats = measure.million(setting, seats=arguments.seats, rate=rate, seconds=arguments.hold)
                lines.append(seats.beats)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    lines.insert(0, _mean(before, after))
    found = report.targets(lines, seats)
    notes = [
        (
            f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end; "
            f"Python {platform.python_version()}; {arguments.workers} workers of {arguments.threads} threads; "
            f"{CONNECTIONS} connections, {arguments.seconds:g} s each."
        ),
        f"Bare view: {before.rate:,.0f}/s before and {after.rate:,.0f}/s after the others; their mean is the measure.",
        report.MACHINE_SHARED,
    ]
    if arguments.json:
        answer = {
            "lines": [asdict(line) for line in lines],
            "seats": None if seats is None else asdict(seats),
            "targets": [asdict(one) for one in found],
            "notes": notes,
        }
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        sys.stdout.write(report.table(lines, found, notes=notes) + "\n")
    return int(arguments.strict and not all(one.is_met for one in found))


def _mean(before: Line, after: Line) -> Line:
    # The machine is not the same all the time; what stands between the two is measured against their middle.
    return replace(
        before,
        rate=(before.rate + after.rate) / 2,
        p50_ms=(before.p50_ms + after.p50_ms) / 2,
        p99_ms=max(before.p99_ms, after.p99_ms),
        errors=before.errors + after.errors,
        server_us=(before.server_us + after.server_us) / 2,
        client_us=(before.client_us + after.client_us) / 2,
    )


if __name__ == "__main__":
    sys.exit(main())
