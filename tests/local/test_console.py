"""The console of a running platform: who gets in, what its pages show and never show, and what its buttons do."""

import html
import http.client
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest

from coditect.graph.values import items, lookup, text
from coditect.local.console.site import SECTIONS
from coditect.local.control import ask
from coditect.local.layout import SECRETS
from coditect.local.process import LOOPBACK
from tests.local.browsing import HOST, Browser, eventually, main
from tests.local.platform import RunningPlatform

_ACQUIRE = "/api/call?" + urlencode(
    {"service": "license-backend", "method": "POST", "path": "/api/v1/licenses/acquire"}
)


def _some(files: Iterable[Path], pattern: str) -> list[Path]:
    found = list(files)
    assert found, f"no file is called {pattern} by now"
    return found


def test_without_a_link_nothing_is_shown_but_how_to_get_one(platform: RunningPlatform) -> None:
    stranger = Browser(platform)
    for path in ("/", "/processes", "/seats", "/enter?token=guessed", "/enter"):
        reply = stranger.get(path)
        assert reply.status == 403
        assert "coditect open" in main(reply)
        assert "license-backend" not in reply.body.decode()
    assert stranger.send("POST", "/actions", fields={"command": "restart", "target": "redis"}).status == 403


def test_a_link_lets_in_once_with_a_cookie_that_no_script_and_no_other_site_gets(platform: RunningPlatform) -> None:
    first, second = Browser(platform), Browser(platform)
    link = urlsplit(first.link())
    entered = first.get(f"{link.path}?{link.query}")
    assert (entered.status, entered.headers["refresh"]) == (200, "0; url=/")
    assert entered.headers["set-cookie"].startswith("__Host-console=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(entered.headers["set-cookie"].split("; "))
    assert first.get("/").status == 200
    assert second.get(f"{link.path}?{link.query}").status == 403
    assert second.get("/").status == 403


def test_whoever_copied_a_cookie_is_signed_out_with_its_owner(platform: RunningPlatform) -> None:
    owner, copy = Browser(platform), Browser(platform)
    owner.enter()
    copy.cookie = owner.cookie
    assert copy.get("/jobs").status == 200
    other = Browser(platform)
    other.enter()
    assert owner.submit("/jobs", "/leave").status == 200
    assert (owner.get("/jobs").status, copy.get("/jobs").status, other.get("/jobs").status) == (403, 403, 200)


def test_a_start_that_nobody_looks_at_logs_no_link(platform: RunningPlatform) -> None:
    said = platform.log.read_text()
    assert re.search(r"^Console +coditect open$", said, re.MULTILINE), said
    assert "enter?token=" not in said


def test_no_other_name_leads_to_a_page(platform: RunningPlatform, browser: Browser) -> None:
    assert browser.get("/", host="evil.example").status == 404  # the edge's own
    for host in (f"{LOOPBACK}:{platform.port('console')}", "evil.example", f"{HOST}:1"):
        direct = http.client.HTTPConnection(LOOPBACK, platform.port("console"), timeout=10)
        direct.request("GET", "/", headers={"Host": host, "Cookie": browser.cookie})
        assert direct.getresponse().status == 421, host
        direct.close()


def test_spans_are_taken_at_the_port_alone(browser: Browser) -> None:
    port = browser.host.partition(":")[2]
    for host in (browser.host, HOST, f"{HOST}:443", f"CONSOLE.localhost:{port}"):
        assert browser.send("POST", "/v1/traces", fields={}, host=host).status == 404, host
        assert browser.send("POST", "/v1/traces", host=host).status == 404, host


def test_what_changes_something_comes_from_a_form_of_this_console(platform: RunningPlatform, browser: Browser) -> None:
    before = platform.processes()
    token = browser.form_token("/actions/new?command=restart&target=mailbox")
    other = Browser(platform)
    other.enter()
    fields = {"command": "restart", "target": "mailbox"}
    forged: list[tuple[dict[str, str], str | None]] = [
        (fields, None),
        ({**fields, "form_token": "0" * 64}, None),
        ({**fields, "form_token": other.form_token("/actions/new?command=restart&target=mailbox")}, None),
        ({**fields, "form_token": token}, "https://evil.example"),
        ({**fields, "form_token": token}, "null"),
    ]
    for sent, origin in forged:
        reply = browser.send("POST", "/actions", fields=sent, origin=origin)
        assert (reply.status, "nothing was done" in main(reply)) == (403, True)
    assert platform.processes() == before


def test_every_page_has_landmarks_a_strict_policy_and_no_secret(platform: RunningPlatform, browser: Browser) -> None:
    secrets = {
        line.strip()
        for pattern in SECRETS
        for file in _some(platform.state.glob(pattern), pattern)
        for line in file.read_text().splitlines()
        if len(line.strip()) >= 8 and not line.startswith("-----")
    }
    assert platform.password in secrets
    processes = [f"/processes/{quote(name)}" for name in platform.processes()]
    more = ["/actions/new?command=chaos&target=redis", "/actions/new?command=promote&target=gateway-backend", _ACQUIRE]
    for path in [*(path for path, _ in SECTIONS), *processes, *more, "/requests?service=license-backend&status=2xx"]:
        reply = browser.get(path)
        page = reply.body.decode()
        assert reply.status == 200, (path, main(reply))
        assert re.search(r"<html lang=\"en\">.*<header.*<nav .*<main id=\"content\".*<h1.*<footer", page, re.DOTALL), (
            path
        )
        assert page.count("<h1") == 1
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|style=\"|<script(?! src=)| on[a-z]+=\"", page), (
            f"{path} would need more than that"
        )
        assert [secret for secret in secrets if secret in html.unescape(page)] == [], path


def test_a_page_that_is_not_there_says_where_to_go(browser: Browser) -> None:
    for path in ("/nowhere", "/processes/nobody", "/actions/999", f"/requests/{'a' * 32}"):
        reply = browser.get(path)
        assert reply.status == 404
        assert "To the overview" in main(reply)
        assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_the_overview_shows_what_passes_on_the_picture_and_in_the_table(
    platform: RunningPlatform, browser: Browser
) -> None:
    for _ in range(3):
        assert platform.ask("coditect.com.localhost", "/api/health").status == 200

    def shows() -> bool:
        page = main(browser.get("/"))
        on_picture = re.search(r'id="slot-route-coditect-com-localhost-api"[^>]*><tspan[^>]*>0\.\d\d/s', page)
        in_table = re.search(r"coditect\.com\.localhost/api/\*</code>.{0,300}?\d\.\d\d?/s", page, re.DOTALL)
        return bool(on_picture and in_table)

    eventually(shows, "traffic on the picture and in the table")
    assert 'id="slot-service-license-backend" data-live><tspan class="good">✓ ready' in browser.get("/").body.decode()


def test_a_request_shows_and_the_consoles_own_do_not(platform: RunningPlatform, browser: Browser) -> None:
    path = f"/api/health/{uuid4().hex}"
    assert platform.ask("coditect.com.localhost", path).status == 404
    eventually(lambda: path in main(browser.get("/requests?service=gateway-backend&status=4xx")), path)
    assert path not in main(browser.get("/requests?status=5xx"))
    assert HOST not in {text(row, "host").partition(":")[0] for row in platform.access_log()}


def test_restart_gives_a_process_a_new_id_and_says_so(platform: RunningPlatform, browser: Browser) -> None:
    before = platform.processes()["mailbox"]
    assert "mailbox ends and starts again" in browser.act("restart", "mailbox")
    eventually(
        lambda: platform.states() == {"ready"} and platform.processes()["mailbox"] != before, "a new mailbox process"
    )


def test_promote_moves_to_the_other_colour(platform: RunningPlatform, browser: Browser) -> None:
    def colour() -> str:
        rows = items(platform.status(), "addresses")
        return next(text(row, "colour") for row in rows if text(row, "service") == "license-frontend")

    before = colour()
    said = browser.act("promote", "license-frontend")
    assert "done" in said
    assert colour() != before
    browser.act("promote", "license-frontend")
    assert colour() == before


def test_chaos_runs_until_the_killed_process_is_ready_again_and_says_after_how_long(
    platform: RunningPlatform, browser: Browser
) -> None:
    before = platform.processes()["identity"]
    said = browser.act("chaos", "identity", fault="kill", seconds="1")
    assert (platform.states(), platform.processes()["identity"] == before) == ({"ready"}, False)
    assert re.search(r"identity: killed; ready again after \d+\.\d s \(restart \d+\); .*requests", said), said
    assert "done" in said


def test_chaos_tells_what_failed_while_a_service_could_not_be_reached(browser: Browser) -> None:
    said = browser.act("chaos", "ide-frontend", fault="partition", seconds="3")
    found = re.search(
        r"could not be reached for 3 s; as before after (\d+\.\d) s; ([1-9]\d*) of \d+ requests failed", said
    )
    assert found, said
    assert float(found[1]) >= 3


def test_every_service_behind_the_edge_can_be_chosen_to_be_broken(platform: RunningPlatform, browser: Browser) -> None:
    chosen = main(browser.get("/actions")).partition('<optgroup label="Services">')[2].partition("</optgroup>")[0]
    addresses = items(platform.status(), "addresses")
    behind = {text(row, "service") for row in addresses if text(row, "backend")}
    assert "ide-frontend" in behind
    assert behind <= set(re.findall("<option>([^<]+)", chosen))


@pytest.mark.parametrize(
    ("target", "unfit", "why"),
    [
        ("ide-frontend", set(), ""),
        ("redis", {"slow"}, "redis is none. It can be paused."),
        ("mailbox", {"slow", "partition"}, "mailbox is none. It can be paused."),
        ("license-backend-worker", {"slow", "partition"}, "Choose license-backend, which it is one of."),
    ],
)
def test_faults_that_do_not_fit_cannot_be_chosen_and_say_why(
    browser: Browser, target: str, unfit: set[str], why: str
) -> None:
    page = f"/actions/new?command=chaos&target={target}"
    shown = main(browser.get(page))
    assert set(re.findall(r'value="(\w+)"(?: checked)? disabled', shown)) == unfit
    assert shown.count(why) == len(unfit) or not why
    for fault in unfit:
        reply = browser.submit(page, "/actions", command="chaos", target=target, fault=fault, seconds="1")
        assert (reply.status, why in main(reply)) == (400, True)


def test_what_does_not_run_cannot_be_chosen_to_be_broken(browser: Browser) -> None:
    reply = browser.get("/actions/new?command=chaos&target=license-backnd")
    assert (reply.status, "Did you mean license-backend" in main(reply)) == (400, True)


def test_a_wrong_number_of_seconds_is_said_beside_its_field_and_nothing_is_lost(browser: Browser) -> None:
    page = "/actions/new?command=chaos&target=redis"
    reply = browser.submit(page, "/actions", command="chaos", target="redis", fault="pause", seconds="soon")
    said = main(reply)
    assert reply.status == 422
    assert "'soon' is no number of seconds" in said
    assert re.search(r'value="pause" checked', said)
    assert 'value="soon"' in said


def test_a_job_runs_and_its_page_shows_how_it_went(platform: RunningPlatform, browser: Browser) -> None:
    jobs = items(ask(platform.state / "control.sock", "jobs"))
    job = next(text(row, "name") for row in jobs if lookup(row, "is_built_here") is True)
    assert "done" in browser.act("run-job", job)
    assert re.search(rf"{job}.*?done.*?ago|{job}.*?done.*?now", main(browser.get("/jobs")), re.DOTALL)


def test_the_explorer_sends_as_alice_and_the_seat_shows_at_once(platform: RunningPlatform, browser: Browser) -> None:
    machine = f"console-{uuid4()}"
    body = f'{{"hardware_id": "{machine}"}}'
    reply = browser.submit(_ACQUIRE, _ACQUIRE, person="alice@acme.example", body=body)
    said = main(reply)
    granted = re.search(r'"session_id": "([0-9a-f-]{36})"', said)
    try:
        assert granted is not None, said
        assert "$CODITECT_TOKEN" in said
        assert "eyJ" not in said, "a token shows"
        seats = main(browser.get("/seats"))
        assert re.search(rf"Acme.*?[1-5] of 5.*?alice@acme\.example.*?{machine}", seats, re.DOTALL)
    finally:
        token = platform.sign_in("alice@acme.example")
        platform.ask(
            "api.coditect.ai.localhost",
            "/api/v1/licenses/release",
            method="POST",
            body={"session_id": granted[1] if granted is not None else ""},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert machine not in main(browser.get("/seats"))


def test_a_request_of_the_explorer_leads_to_its_spans(browser: Browser) -> None:
    page = "/api/call?" + urlencode({"service": "license-backend", "method": "GET", "path": "/api/v1/licenses"})
    said = main(browser.submit(page, page, person="bob@acme.example"))
    assert "Acme" in said or '"seats_total"' in said, said
    asked = re.search(r'href="(/requests/asked/[0-9a-f-]{36})"', said)
    assert asked is not None
    eventually(lambda: browser.get(asked[1]).status == 303, "spans")
    trace = browser.get(asked[1]).headers["location"]
    processes = {r"edge", r"license-backend-(blue|green)"}
    eventually(
        lambda: all(re.search(f'data-label="Process">{name}<', main(browser.get(trace))) for name in processes),
        "spans of the edge and of the service",
    )
    eventually(lambda: f'href="{trace}"' in main(browser.get("/requests")), "a link from the list of requests")


def test_what_the_explorer_cannot_send_keeps_what_was_typed(browser: Browser) -> None:
    reply = browser.submit(_ACQUIRE, _ACQUIRE, person="mallory@evil.example", body='{"typed": 1}')
    said = main(reply)
    assert "nobody of the demonstration" in said
    assert '{"typed": 1}' in said


def test_the_console_answers_while_the_database_stands_still(platform: RunningPlatform, browser: Browser) -> None:
    # Not the command, which waits for the recovery.
    ask(platform.state / "control.sock", "chaos", fault="pause", service="postgres", seconds=5)
    seats = browser.get("/seats")
    assert seats.status == 503
    assert "PostgreSQL did not answer" in main(seats)
    assert browser.get("/processes").status == 200
    eventually(lambda: browser.get("/seats").status == 200, "seats once the database goes on")
