"""Every route as everyone: one table says who may do what, and a tenant's things are nowhere for another's people."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.domain.accounts.permissions import PERMISSIONS, Action, Role
from apps.testing.people import Cast, Person
from apps.testing.seats import acquire

EVERYONE = ("anonymous", "gina", "bob", "alice", "carol", "sam", "ada")


@dataclass(frozen=True)
class Route:
    """A route of the API, and the action it needs; None for a public one."""

    method: str
    path: str
    action: Action | None
    body: str | None = None


SESSION = '{{"session_id": "{session}"}}'
ROUTES = (
    Route("POST", "api/v1/licenses/acquire", Action.LICENSES_WRITE, '{{"hardware_id": "{machine}"}}'),
    Route("POST", "api/v1/licenses/heartbeat", Action.LICENSES_WRITE, SESSION),
    Route("POST", "api/v1/licenses/release", Action.LICENSES_WRITE, SESSION),
    Route("GET", "api/v1/licenses", Action.LICENSES_READ),
    Route("GET", "api/v1/sessions", Action.TEAM_READ),
    Route("DELETE", "api/v1/sessions/<str:session_id>", Action.SESSIONS_REVOKE),
    Route("GET", "api/v1/keys", None),
    Route("GET", "health", None),
    Route("GET", "ready", None),
    Route("GET", "api/schema/", None),
    Route("GET", "api/docs/", None),
)
# Signing in by cookie, tested with the admin itself.
_OTHERS = {"admin", "admin/"}


def ask(api: Client, route: Route, person: Person | None, *, session: object = None) -> tuple[int, str]:
    told = {"session": session or uuid4(), "machine": uuid4()}
    path = "/" + route.path.replace("<str:session_id>", str(told["session"]))
    headers = {"Authorization": person.header} if person else {}
    body = route.body.format(**told) if route.body else None
    answer = api.generic(route.method, path, body or "", content_type="application/json", headers=headers)
    is_problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["error"] if is_problem else ""


def test_the_table_above_holds_every_route() -> None:
    patterns = {str(pattern.pattern) for pattern in get_resolver().url_patterns}
    assert patterns == {route.path for route in ROUTES} | _OTHERS
    assert all(
        isinstance(pattern, URLPattern) or str(pattern.pattern) == "admin/" for pattern in get_resolver().url_patterns
    )


def _cases() -> Iterator[tuple[Route, str]]:
    for route in ROUTES:
        for name in EVERYONE:
            yield route, name


@pytest.mark.parametrize(
    ("route", "name"),
    list(_cases()),
    ids=lambda value: value if isinstance(value, str) else f"{value.method} {value.path}",
)
def test_a_route_answers_everyone_as_the_permission_table_says(
    api: Client, cast: Cast, route: Route, name: str
) -> None:
    person: Person | None = None if name == "anonymous" else getattr(cast, name)
    status, error = ask(api, route, person)
    if route.action is None:
        assert status == 200
    elif person is None:
        assert (status, error) == (401, "unauthorized")
    elif route.action not in PERMISSIONS[person.principal.role]:
        assert (status, error) == (403, "forbidden")
    elif person.principal.tenant_id is None and route.action is Action.LICENSES_WRITE:
        assert (status, error) == (403, "no_license")  # an admin of no organisation holds no seats
    elif "session_id" in f"{route.path}{route.body}":
        assert (status, error) == (404, "session_not_found")  # allowed, but there is no such session
    else:
        assert status == 200


@pytest.mark.parametrize("route", [route for route in ROUTES if "session_id" in f"{route.path}{route.body}"])
@pytest.mark.parametrize("stranger", ["carol", "alice"])
def test_anothers_session_is_answered_as_one_that_never_was(
    api: Client, cast: Cast, route: Route, stranger: str
) -> None:
    if stranger == "alice" and route.action is Action.SESSIONS_REVOKE:
        stranger = "carol"  # Alice owns the tenant, and may
    seat = acquire(cast.bob, "laptop")
    person: Person = getattr(cast, stranger)
    foreign = ask(api, route, person, session=seat.session)
    unknown = ask(api, route, person)
    assert foreign == unknown == (404, "session_not_found")


@pytest.mark.parametrize("path", ["/api/v1/licenses", "/api/v1/sessions"])
def test_lists_show_ones_own_tenant_alone_and_staff_every_one(api: Client, cast: Cast, path: str) -> None:
    acquire(cast.bob, "acmes-laptop")
    acquire(cast.carol, "globexs-laptop")
    acme, globex = str(cast.acme.license.id), str(cast.globex.license.id)
    for person, sees in ((cast.gina, {acme}), (cast.alice, {acme}), (cast.carol, {globex})):
        shown = api.get(path, headers={"Authorization": person.header}).content.decode()
        assert {one for one in (acme, globex) if one in shown} == sees
    everyone = _pages(api, path, cast.sam)
    assert acme in everyone
    assert globex in everyone


def test_a_role_in_another_tenant_gives_nothing_in_this_one(api: Client, cast: Cast) -> None:
    seat = acquire(cast.carol, "laptop")
    route = Route("DELETE", "api/v1/sessions/<str:session_id>", Action.SESSIONS_REVOKE)
    assert ask(api, route, cast.alice, session=seat.session) == (404, "session_not_found")
    assert ask(api, route, cast.carol, session=seat.session)[0] == 200


def test_the_roles_are_those_of_the_specification() -> None:
    assert [role.value for role in Role] == ["admin", "staff", "owner", "user", "guest"]


def _pages(api: Client, path: str, person: Person) -> str:
    shown = ""
    for first in range(0, 10_000, 1_000):
        page = api.get(f"{path}?first={first}", headers={"Authorization": person.header}).content.decode()
        shown += page
        if "[]" in page:
            break
    return shown
