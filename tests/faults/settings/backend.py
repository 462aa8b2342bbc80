"""The license service's own settings, with a TTL short enough to wait for and a rate limit that storms stay below."""

import os
from datetime import timedelta

from apps.license_api.settings.backend import *  # noqa: F403 - a settings module is made of names

SEAT_TTL = timedelta(seconds=float(os.environ["FAULTS_SEAT_TTL_S"]))
HEARTBEAT_INTERVAL = SEAT_TTL * 5 / 6  # as 300 s stand to 360 s
RATE_LIMIT_PER_MINUTE = int(os.environ["FAULTS_RATE_LIMIT"])
