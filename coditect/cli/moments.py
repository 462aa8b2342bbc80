"""A moment as one types it: how long ago, or a time of the day."""

import re
from datetime import datetime, timedelta

_AGO = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(said: str, *, now: datetime) -> datetime:
    """`90s`, `5m`, `2h`, `1d`, `14:05`, `14:05:30`, or a date and time as ISO 8601 writes it. Raises ValueError.

    now: with a time zone, which a time of the day takes; one that is still to come today was yesterday's.
    """
    ago = _AGO.fullmatch(said)
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        if ":" in said and "-" not in said:
            of_today = datetime.fromisoformat(f"{now:%Y-%m-%d} {said:0>5}").replace(tzinfo=now.tzinfo)
            return of_today if of_today <= now else of_today - timedelta(days=1)
        read = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(f"{said!r} is no moment: write 90s, 5m, 2h, 1d, 14:05 or 2026-05-01T14:05.") from None
    return read if read.tzinfo else read.replace(tzinfo=now.tzinfo)
