"""How long sessions lasted, which no process sees whole."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.domain.licensing.models import ActiveSession
from apps.domain.licensing.selectors import session_seconds
from apps.domain.tenancy.scope import tenant_scope
from apps.testing.people import Cast
from apps.testing.seats import acquire, release

SINCE = datetime(2031, 5, 1, tzinfo=UTC)  # later than any other test's sessions end


def test_lengths_are_those_of_every_tenants_sessions_that_ended_since_a_moment(cast: Cast) -> None:
    for person, seconds in ((cast.bob, 60), (cast.carol, 180), (cast.bob, 120)):
        seat = acquire(person, f"machine of {seconds}")
        release(person, seat)
        ended = SINCE + timedelta(hours=1)
        with tenant_scope(seat.terms.tenant_id):
            ActiveSession.objects.filter(session_id=seat.session).update(
                acquired_at=ended - timedelta(seconds=seconds), released_at=ended
            )
    assert session_seconds(ended_since=SINCE, quantiles=(0.5, 1.0)) == pytest.approx((120, 180))


def test_where_no_session_ended_there_is_no_length(cast: Cast) -> None:
    acquire(cast.bob, "laptop")
    assert session_seconds(ended_since=SINCE + timedelta(days=1), quantiles=(0.5,)) == ()
