"""The lock between grants and a rebuild, held open at the worst moment by a session of PostgreSQL."""

import threading
import time

import psycopg

from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome


def test_a_rebuild_waits_for_the_grants_in_flight_and_sees_them(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    with psycopg.connect(scene.ground.superuser_connection()) as slow:
        # A grant in flight: it holds the lock, has written its row, and has not committed yet.
        slow.execute("SELECT pg_advisory_xact_lock_shared(seats_lock_key(%s))", [acme.license_id])
        slow.execute(
            "INSERT INTO active_sessions (id, tenant_id, license_id, user_id, session_id, hardware_id, hostname, os, "
            "version, fence, leases, acquired_at, last_heartbeat_at, end_reason) VALUES (gen_random_uuid(), %s, %s, "
            "%s, gen_random_uuid(), 'in-flight', '', '', '', nextval('lease_fence'), 1, now(), now(), '')",
            [acme.tenant_id, acme.license_id, acme.users[0].id],
        )
        committing = threading.Timer(1.0, slow.commit)
        committing.start()
        # Redis knows nothing of this license: whoever asks first rebuilds it.
        deadline = time.monotonic() + 15
        while (call := bob.acquire()).outcome is Outcome.UNAVAILABLE:
            assert time.monotonic() < deadline, f"the rebuild never ended: {bob.answer}"
        committing.join()
    assert call.outcome is Outcome.FULL, "the rebuild did not see the grant that was in flight"
    assert alice.acquire().outcome is Outcome.FULL
