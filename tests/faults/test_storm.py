"""A thousand clients for a hundred seats, from four processes."""

import time
from dataclasses import replace

import pytest

from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome
from tests.faults.invariants import check, peak
from tests.faults.scene import Manners, everyone

SECONDS = 8.0


def test_a_storm_for_100_seats_never_finds_101(open_scene: OpenScene) -> None:
    acme = customer(seats=100, users=1000)
    scene = open_scene(acme)
    row_before = scene.ground.sql("SELECT xmin::text FROM licenses WHERE id = %s", (acme.license_id,))
    scene.run_crowd(everyone([acme]), seconds=SECONDS)

    assert scene.violations() == []
    history = scene.history()
    assert 90 <= peak(history) <= 100, "the storm did not fill the seats, so it shows nothing"
    granted = {call.session for call in history.calls if call.is_grant}
    logged = scene.ground.sql(
        "SELECT DISTINCT metadata->>'session_id' FROM license_audit_log WHERE license_id = %s AND action = 'acquire'",
        (acme.license_id,),
    )
    assert granted <= {session for (session,) in logged}, "grants are missing in the audit log"
    # Every request of a tenant would wait for every other if each changed the license's row.
    assert scene.ground.sql("SELECT xmin::text FROM licenses WHERE id = %s", (acme.license_id,)) == row_before


def test_a_storm_while_seats_are_bought_and_given_up_never_exceeds_what_was_bought(open_scene: OpenScene) -> None:
    acme = customer(seats=100, users=1000)
    scene = open_scene(acme)

    def change_seats(start_at: float) -> None:
        for number, seats in enumerate((60, 130, 20, 100, 1, 80)):
            time.sleep(max(0.0, start_at + 1.0 + number - time.monotonic()))
            scene.buy(acme, seats)

    scene.run_crowd(everyone([acme]), seconds=SECONDS, meanwhile=change_seats)
    assert scene.violations() == []
    assert peak(scene.history()) > 80


def test_a_member_whose_seat_the_owner_takes_back_is_told_so_and_the_next_in_line_gets_it(
    open_scene: OpenScene,
) -> None:
    acme = customer(seats=20, users=60)
    scene = open_scene(acme)

    def take_back(start_at: float) -> None:
        while time.monotonic() < start_at + 4:
            held = scene.ground.sql(
                "SELECT session_id::text FROM active_sessions WHERE license_id = %s AND released_at IS NULL LIMIT 1",
                (acme.license_id,),
            )
            for (session,) in held:
                scene.revoke(acme, str(session))
            time.sleep(0.1)

    # Nobody gives a seat back or goes silent before its end, so that whose beats end was thrown out.
    scene.run_crowd(everyone([acme]), seconds=5, manners=Manners(hold=(4.0, 4.0)), meanwhile=take_back)
    assert scene.violations() == []
    history = scene.history()
    assert {violation.rule for violation in check(replace(history, revoked={}))} >= {"living leases beat on"}
    assert len({call.session for call in history.calls if call.is_grant}) > acme.seats


@pytest.mark.parametrize("concurrent", [8])
def test_requests_of_one_machine_at_the_same_moment_get_one_seat(open_scene: OpenScene, concurrent: int) -> None:
    acme = customer(seats=50, users=25)
    scene = open_scene(acme)
    # Every machine appears in each of the four processes, more than once, with the same user.
    scene.run_crowd([(acme, user) for user in acme.users for _ in range(concurrent)], seconds=4)
    assert scene.violations() == []
    assert any(call.outcome is Outcome.OK for call in scene.history().calls)
