"""The table of a run, and what of the targets it reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.license.measure import Line, Million

MACHINE_SHARED = (
    "Client, servers, PostgreSQL (fsync and synchronous_commit on) and Redis share the machine's processors. "
    "server us is the processor time of HTTP server, Redis and PostgreSQL for each request: it depends little on what "
    "else runs here, rates depend on it much."
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What was asked for. is_met: whether `value` is as it must be."""

    says: str
    value: float
    unit: str
    wanted: str
    is_met: bool


def at_least(says: str, value: float, bound: float, unit: str = "") -> Target:
    return Target(says=says, value=value, unit=unit, wanted=f">= {bound:g}{unit}", is_met=value >= bound)


def at_most(says: str, value: float, bound: float, unit: str = "") -> Target:
    return Target(says=says, value=value, unit=unit, wanted=f"<= {bound:g}{unit}", is_met=value <= bound)


def targets(lines: Sequence[Line], seats: Million | None) -> list[Target]:
    """The issue's bounds, from the lines of the same run."""
    by_name = {line.name: line for line in lines}
    bare = by_name["bare Django view"]
    acquire, beat, design = by_name["acquire"], by_name["heartbeat"], by_name["specification: acquire"]
    found = [
        at_least("heartbeat, of the bare view's rate", 100 * beat.rate / bare.rate, 40, " %"),
        at_least("acquire, of the bare view's rate", 100 * acquire.rate / bare.rate, 8, " %"),
        at_least("acquire, times the specification's design", acquire.rate / design.rate, 6),
        at_most("heartbeat, p99 under half load", by_name["heartbeat, half load"].p99_ms, 10, " ms"),
        at_most("acquire, p99 under half load", by_name["acquire, half load"].p99_ms, 60, " ms"),
    ]
    if seats is not None:
        found += [
            at_most(f"Redis memory of each of {seats.seats:,} seats", seats.bytes_each, 250, " bytes"),
            at_least("heartbeats held for them", seats.beats.rate, 0.99 * seats.asked_rate, "/s"),
            at_most("seats lost meanwhile", seats.lost, 0),
        ]
    return found


def table(lines: Sequence[Line], found: Sequence[Target], *, notes: Sequence[str]) -> str:
    """For a terminal."""
    widths = {"requests/s": 11, "of bare": 9, "p50 ms": 9, "p99 ms": 9, "errors": 8, "server us": 11, "client us": 11}
    head = f"{'':<28}" + "".join(f"{name:>{width}}" for name, width in widths.items())
    bare = next(line.rate for line in lines if line.name == "bare Django view")
    rows = [
        f"{line.name:<28}{line.rate:>11,.0f}{100 * line.rate / bare:>8.1f}%{line.p50_ms:>9.2f}{line.p99_ms:>9.2f}"
        f"{line.errors:>8}{line.server_us:>11,.0f}{line.client_us:>11,.0f}"
        for line in lines
    ]
    verdicts = [
        f"{'met' if one.is_met else 'MISSED':<8}{one.says:<46}{f'{one.value:,.1f}{one.unit}':>16}   wanted {one.wanted}"
        for one in found
    ]
    return "\n".join([head, *rows, "", *verdicts, "", *notes])
