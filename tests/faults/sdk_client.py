"""The SDK in a process of its own, with a clock that is wrong if asked: `python -m tests.faults.sdk_client PLAN.json`.

Prints a JSON line every tenth of a second: {"at": monotonic instant, "session": id or null, "valid": bool}.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

from coditect_license import LicenseClient, LicenseError
from coditect_license import settings as sdk_settings
from coditect_license.clock import SystemClock
from pydantic import BaseModel, ConfigDict


class SdkPlan(BaseModel):
    """seconds: how long the seat is held. clock_is_off_h: hours that this machine's clock is fast."""

    model_config = ConfigDict(frozen=True)

    api_url: str
    token: str
    cache_dir: Path
    hardware_id: str
    seconds: float
    clock_is_off_h: float = 0.0


class Seen(TypedDict):
    """What an application sees of its seat at an instant."""

    at: float
    session: str | None
    valid: bool


def main() -> None:
    plan = SdkPlan.model_validate_json(Path(sys.argv[1]).read_bytes())

    class WrongClock(SystemClock):
        def wall(self) -> datetime:
            return super().wall() + timedelta(hours=plan.clock_is_off_h)

    # Nothing but the superuser can set a machine's clock wrong, and then for everyone.
    setattr(sdk_settings, "SystemClock", WrongClock)  # noqa: B010 - the name is the package's own
    client = LicenseClient(
        plan.token, api_url=plan.api_url, cache_dir=plan.cache_dir, hardware_id=plan.hardware_id, version="1"
    )
    until = time.monotonic() + plan.seconds
    with client as lease:
        while time.monotonic() < until:
            try:
                session: str | None = lease.session_id
            except LicenseError:
                session = None
            seen: Seen = {"at": time.monotonic(), "session": session, "valid": lease.is_valid}
            sys.stdout.write(json.dumps(seen) + "\n")
            sys.stdout.flush()
            time.sleep(0.1)


if __name__ == "__main__":
    main()
