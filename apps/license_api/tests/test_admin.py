"""The staff admin: staff reads every tenant and takes seats back, an Admin changes licenses, nobody else gets in."""

import pytest
from django.test import Client

from apps.domain.audit.models import LicenseAuditLog
from apps.domain.licensing.models import EndReason, License
from apps.domain.licensing.services import revoke_session
from apps.domain.operations.redis import redis_link
from apps.domain.tenancy.scope import tenant_scope
from apps.testing.people import Cast, Person
from apps.testing.seats import ORIGIN, acquire, living, row

PAGES = ("licensing/license", "licensing/activesession", "tenancy/tenant", "accounts/user", "audit/licenseauditlog")


def signed_in(person: Person) -> Client:
    browser = Client()
    browser.force_login(person.user)
    return browser


@pytest.mark.parametrize("page", PAGES)
def test_staff_sees_every_tenant(cast: Cast, page: str) -> None:
    acquire(cast.bob, "laptop")
    browser = signed_in(cast.sam)
    assert browser.get(f"/admin/{page}/").status_code == 200
    assert browser.get(f"/admin/{page}/add/").status_code == 403


def test_staff_finds_the_license_of_any_tenant(cast: Cast) -> None:
    browser = signed_in(cast.sam)
    for company in (cast.acme, cast.globex):
        shown = browser.get(f"/admin/licensing/license/{company.license.id}/change/")
        assert shown.status_code == 200
        assert company.tenant.name in shown.content.decode()


@pytest.mark.parametrize("name", ["alice", "bob", "gina"])
def test_customers_are_sent_to_the_sign_in_page(cast: Cast, name: str) -> None:
    answer = signed_in(getattr(cast, name)).get("/admin/licensing/license/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def change(browser: Client, license_id: object, **changes: object) -> int:
    form = {"seats_total": "3", "status": "active", "expires_at_0": "", "expires_at_1": ""} | changes
    return browser.post(f"/admin/licensing/license/{license_id}/change/", form).status_code


def test_staff_cannot_change_a_license_and_an_admin_can_and_the_log_says_who(cast: Cast) -> None:
    assert change(signed_in(cast.sam), cast.acme.license.id, seats_total="9") == 403
    assert change(signed_in(cast.ada), cast.acme.license.id, seats_total="9") == 302
    with tenant_scope(cast.acme.tenant_id):
        assert License.objects.get().seats_total == 9
        logged = LicenseAuditLog.objects.filter(action="provision").order_by("-id")[0]
    assert logged.user_id == cast.ada.user.id
    assert logged.metadata == {"change": "seats", "seats_total": 9, "seats_before": 3}


def test_suspending_a_license_ends_its_sessions(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    assert change(signed_in(cast.ada), cast.acme.license.id, status="suspended") == 302
    assert row(seat).end_reason == EndReason.LICENSE_ENDED
    assert living(cast.acme) == 0


def test_staff_takes_seats_back(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    form = {"action": "revoke", "_selected_action": [str(row(seat).pk)]}
    signed_in(cast.sam).post("/admin/licensing/activesession/", form)
    ended = row(seat)
    assert ended.end_reason == EndReason.REVOKED
    with tenant_scope(cast.acme.tenant_id):
        assert LicenseAuditLog.objects.get(action="revoke").user_id == cast.sam.user.id
    assert living(cast.acme) == 0


def test_a_seat_is_free_only_when_its_end_is_committed(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    with tenant_scope(cast.acme.tenant_id):
        revoke_session(redis_link(), cast.alice.principal, session=seat.session, origin=ORIGIN)
        assert living(cast.acme) == 1
    assert living(cast.acme) == 0
