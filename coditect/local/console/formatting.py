"""Numbers and instants as people read them. Times are UTC inside; pages show how long ago, and the instant itself."""

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


def duration(milliseconds: float | None) -> str:
    """Three digits at most, with a unit: 4.2 ms, 310 ms, 1.3 s."""
    if milliseconds is None:
        return "—"
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def rate(per_s: float) -> str:
    """Requests a second; 0 is said as 0."""
    if per_s == 0:
        return "0/s"
    return f"{per_s:.2f}/s" if per_s < 1 else f"{per_s:.1f}/s" if per_s < 100 else f"{per_s:.0f}/s"


def size(count: float | None) -> str:
    """Bytes in powers of 1024."""
    if count is None:
        return "—"
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def relative(at: datetime, now: datetime) -> str:
    """How long ago, or how long until."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    amount, unit = abs(seconds), "s"
    for limit, per, name in ((60, 1, "s"), (3600, 60, "min"), (48 * 3600, 3600, "h"), (float("inf"), 86400, "days")):
        if amount < limit:
            amount, unit = amount / per, name
            break
    words = f"{amount:.0f} {unit}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def prose(words: str) -> Markup:
    """An API document's words, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped above


def instant(at: datetime | float | None) -> Markup:
    """How long ago, as an element that tells the instant to those who hover and to programs. at: or Unix time."""
    if at is None:
        return Markup('<span class="soft">never</span>')
    exact = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="milliseconds"),
        f"{exact:%Y-%m-%d %H:%M:%S} UTC",
        relative(exact, datetime.now(UTC)),
    )
