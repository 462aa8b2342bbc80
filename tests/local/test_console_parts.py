"""The console's parts that need no platform: how numbers read, who is let in, what a log and a document hold."""

import asyncio
import html
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from markupsafe import escape

from coditect.graph.values import Json, JsonObject
from coditect.local.console.__main__ import site_of
from coditect.local.console.acting import plan
from coditect.local.console.application import application
from coditect.local.console.edge_client import curl
from coditect.local.console.edge_log import EdgeLog, Request, Route, by_route
from coditect.local.console.formatting import duration, instant, prose, rate, relative, size
from coditect.local.console.live_picture import filled, slots
from coditect.local.console.log_tail import readable, tail
from coditect.local.console.masking import MASK, Masking
from coditect.local.console.one_time import LIFETIME_S as TOKEN_S
from coditect.local.console.one_time import OneTimeTokens
from coditect.local.console.openapi import operations
from coditect.local.console.pages.seats import licenses
from coditect.local.console.processes import processes
from coditect.local.console.signing_in import LIFETIME_S as COOKIE_S
from coditect.local.console.signing_in import Signatures
from coditect.local.console.site import Site, templates
from coditect.local.console.traces import Span, Trace
from coditect.local.console.waterfall import bars
from coditect.local.layout import Layout, write_private
from coditect.local.process import free_port

_NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(None, "—"), (0, "0.0 ms"), (4.24, "4.2 ms"), (310.4, "310 ms"), (1300, "1.3 s"), (90_000, "1.5 min")],
)
def test_durations_have_a_unit_and_three_digits_at_most(milliseconds: float | None, words: str) -> None:
    assert duration(milliseconds) == words


@pytest.mark.parametrize(("per_s", "words"), [(0, "0/s"), (0.05, "0.05/s"), (4.91, "4.9/s"), (1234.5, "1234/s")])
def test_rates_are_finer_the_smaller_they_are(per_s: float, words: str) -> None:
    assert rate(per_s) == words


@pytest.mark.parametrize(("count", "words"), [(None, "—"), (512, "512 B"), (3 << 20, "3 MiB"), (3 << 30, "3.0 GiB")])
def test_memory_is_said_in_powers_of_1024(count: float | None, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "now"), (14, "14 s ago"), (300, "5 min ago"), (7200, "2 h ago"), (-30, "in 30 s")]
)
def test_instants_are_relative(seconds: float, words: str) -> None:
    assert relative(_NOW - timedelta(seconds=seconds), _NOW) == words


def test_an_instant_tells_itself_to_who_hovers() -> None:
    assert 'datetime="2030-01-01T12:00:00.000+00:00" title="2030-01-01 12:00:00 UTC"' in instant(_NOW)


def test_a_token_lets_in_once_and_only_for_ten_minutes() -> None:
    clock = _Clock()
    tokens = OneTimeTokens(clock=clock)
    used, late = tokens.issue(), tokens.issue()
    assert tokens.redeem(used)
    assert not tokens.redeem(used)
    assert not tokens.redeem("guessed")
    clock.at += TOKEN_S + 1
    assert not tokens.redeem(late)


@pytest.fixture
def console(tmp_path: Path) -> Site:
    """Of a platform that does not run."""
    layout = Layout(root=tmp_path)
    layout.prepare()
    write_private(layout.console_key, "k" * 43)
    return site_of(layout, https_port=443, stack="local")


def _answered(site: Site, method: str, path: str, *told: dict[str, str]) -> list[int]:
    """The status of each request at the console's port, given these headers; {port} in them is that port."""

    async def ask() -> list[int]:
        port = free_port()
        async with TestServer(application(site, port=port), port=port) as server, ClientSession() as client:
            found = []
            for headers in told:
                sent = {name: value.format(port=port) for name, value in headers.items()}
                async with client.request(method, server.make_url(path), headers=sent) as answer:
                    found.append(answer.status)
            return found

    return asyncio.run(ask())


def test_spans_are_taken_from_processes_that_name_the_port_and_from_no_page(console: Site) -> None:
    told = {"Content-Type": "application/x-protobuf"}
    mine = "127.0.0.1:{port}"
    names = ("console.localhost", "console.localhost:443", "CONSOLE.localhost:{port}", "evil.example:{port}")
    others = [{**told, "Host": host} for host in (*names, "localhost:{port}", "127.0.0.1")]
    from_a_page = {**told, "Host": mine, "Origin": "https://evil.example"}
    found = _answered(console, "POST", "/v1/traces", {**told, "Host": mine}, from_a_page, *others)
    assert found == [200, 404, *(404 for _ in others)]


def test_looking_at_a_links_head_does_not_use_it_up(console: Site) -> None:
    assert _answered(console, "HEAD", "/enter?token=one", {"Host": "console.localhost"}) == [405]


def test_a_cookie_is_signed_and_runs_out() -> None:
    clock = _Clock()
    signatures = Signatures("k" * 32, clock=clock)
    cookie = signatures.cookie()
    assert signatures.is_signed_in(cookie)
    until, nonce, signature = cookie.split(".")
    assert not signatures.is_signed_in(f"{int(until) + 9}.{nonce}.{signature}")
    assert not signatures.is_signed_in("")
    assert not Signatures("o" * 32, clock=clock).is_signed_in(cookie)
    clock.at += COOKIE_S + 1
    assert not signatures.is_signed_in(cookie)


def test_a_revoked_cookie_lets_nobody_in_and_another_one_does() -> None:
    clock = _Clock()
    signatures = Signatures("k" * 32, clock=clock)
    mine, other = signatures.cookie(), signatures.cookie()
    signatures.revoke(mine)
    signatures.revoke("guessed")
    signatures.revoke("9999999999.guessed.signature")
    assert (signatures.is_signed_in(mine), signatures.is_signed_in(other)) == (False, True)
    clock.at += COOKIE_S - 1
    signatures.revoke(other)
    assert not signatures.is_signed_in(mine)
    assert not signatures.is_signed_in(other)


def test_a_form_token_belongs_to_one_cookie() -> None:
    signatures = Signatures("k" * 32)
    mine, other = signatures.cookie(), signatures.cookie()
    assert signatures.is_form_token(signatures.form_token(mine), mine)
    assert not signatures.is_form_token(signatures.form_token(other), mine)


@pytest.fixture
def masking(tmp_path: Path) -> Masking:
    """Of a state directory with one secret: correct-horse."""
    layout = Layout(root=tmp_path)
    write_private(layout.secrets / "password", "correct-horse\n")
    found = Masking(layout.secret_files)
    found.refresh()
    return found


def test_secrets_are_masked_also_those_that_came_later(masking: Masking, tmp_path: Path) -> None:
    assert masking.masked("password correct-horse!") == f"password {MASK}!"
    (tmp_path / "secrets" / "two").write_text("battery-staple")
    masking.refresh()
    assert masking.masked("battery-staple") == MASK


@pytest.mark.parametrize(
    "file",
    [
        "secrets/password",
        "console.key",
        "postgres/superuser-password",
        "authority/ca.key",
        "identity/token-key.pem",
        "kms/projects/p/locations/l/keyRings/r/cryptoKeys/k/1.pem",
    ],
)
def test_a_secret_is_masked_wherever_its_file_stands(tmp_path: Path, file: str) -> None:
    layout = Layout(root=tmp_path)
    write_private(tmp_path / file, "-----BEGIN PRIVATE KEY-----\nbattery-staple\n-----END PRIVATE KEY-----\n")
    masking = Masking(layout.secret_files)
    masking.refresh()
    assert masking.masked("It is battery-staple.") == f"It is {MASK}."
    assert masking.masked("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_a_secret_within_a_document_is_masked_alone_and_in_it(masking: Masking, tmp_path: Path) -> None:
    document = json.dumps({"signing": "local-1", "keys": {"local-1": "battery-staple"}})
    write_private(tmp_path / "secrets" / "jwt-keys", document)
    masking.refresh()
    assert masking.masked("battery-staple of local-1") == f"{MASK} of local-1"
    assert masking.masked(f"read {document}") == f"read {MASK}"


def test_whatever_a_template_puts_out_is_masked_but_what_was_typed_into_it(masking: Masking, tmp_path: Path) -> None:
    write_private(tmp_path / "secrets" / "odd", "<b>&battery")
    masking.refresh()
    environment = templates(masking)
    page = environment.from_string(
        "{% from 'parts.html' import state with context %}{{ value }} {{ value|prose }} {{ state(value) }} {{ 5 }}"
    )
    for secret in ("correct-horse", "<b>&battery"):
        said = page.render(value=f"<i> {secret}")
        assert said.count(f"&lt;i&gt; {MASK}") == 3, said
        assert said.endswith(" 5")
        assert secret not in html.unescape(said)
        assert environment.from_string("{{ value|typed }}").render(value=secret) == escape(secret)


def _request(path: str, *, host: str = "api.localhost", status: int = 200, ms: float = 5, ago_s: float = 1) -> Request:
    at = _NOW - timedelta(seconds=ago_s)
    return Request(
        at=at, method="GET", host=host, path=path, status=status, duration_ms=ms, backend="b", request_id="r"
    )


def test_a_request_counts_for_the_longest_route_that_fits() -> None:
    root, api, admin = Route("api.localhost", "/"), Route("api.localhost", "/api/*"), Route("api.localhost", "/admin")
    seen = [
        _request("/api/v1", ms=10),
        _request("/api", status=503, ms=30),
        _request("/apiary"),
        _request("/admin/login"),
        _request("/api/old", ago_s=90),
        _request("/api", host="other.localhost"),
    ]
    found = by_route(seen, [root, api, admin], now=_NOW, window=timedelta(minutes=1))
    assert {route.path: numbers.count for route, numbers in found.items()} == {"/": 1, "/api/*": 2, "/admin": 1}
    assert (found[api].errors, found[api].p95_ms) == (1, 30)


def test_the_edge_log_is_followed_through_half_lines_and_a_new_beginning(tmp_path: Path) -> None:
    file = tmp_path / "access.json"
    log = EdgeLog(file)
    assert log.newest() == []
    line = json.dumps(
        {"time": "2030-01-01T12:00:00.000Z", "host": "a.localhost:8443", "path": "/1", "status": 200, "duration_ms": 3}
    )
    file.write_text(f"{line}\n{line[:20]}")
    assert [(seen.host, seen.path) for seen in log.newest()] == [("a.localhost", "/1")]
    with file.open("a") as stream:
        stream.write(f"{line[20:]}\n")
    assert len(log.newest()) == 2
    file.write_text(f"{line.replace('/1', '/2')}\n")
    assert log.newest()[0].path == "/2"


def test_a_log_tail_ends_with_the_last_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    assert tail(file, count=2).lines == ()
    file.write_text("one\ntwo\nthree\n")
    assert tail(file, count=2).lines == ("two", "three")
    assert tail(file, count=2).is_cut
    assert not tail(file, count=3).is_cut


def test_a_log_is_read_as_times_levels_and_messages_without_passed_checks_of_health() -> None:
    failed, broke = readable(
        "gateway-backend-blue",
        (
            json.dumps(
                {
                    "timestamp": _NOW.isoformat(),
                    "level": "ERROR",
                    "message": "Failed",
                    "exception": "Trace\n  in charge",
                }
            ),
            json.dumps({"time": _NOW.isoformat(), "method": "GET", "path": "/health", "status": 200}),
            "Killed",
        ),
    )
    assert (failed.time[-7:], failed.level, failed.message) == (":00.000", "error", "Failed")
    assert failed.below == ("Trace", "  in charge")
    assert broke.message == "Killed"


def test_slots_of_the_picture_are_filled_and_what_is_put_in_is_escaped() -> None:
    svg = '<text x="1" data-slot="route a.localhost /api/*"></text><text x="2" data-slot="service b"></text>'
    assert slots(svg) == ["route a.localhost /api/*", "service b"]
    shown = filled(svg, {"service b": ("<failed>", "bad")})
    assert 'id="slot-service-b" data-live><tspan class="bad">&lt;failed&gt;</tspan>' in shown


def _span(name: str, parent: str, *, at_ms: float, ms: float) -> Span:
    started = _NOW + timedelta(milliseconds=at_ms)
    return Span(
        span_id=name,
        parent_id=parent,
        process="p",
        name=name,
        kind="internal",
        started=started,
        duration_ms=ms,
        is_error=False,
        attributes={},
    )


def test_a_waterfall_places_each_span_below_its_cause() -> None:
    spans = (
        _span("sql", "view", at_ms=40, ms=20),
        _span("edge", "", at_ms=0, ms=100),
        _span("view", "edge", at_ms=10, ms=80),
        _span("lost", "unknown", at_ms=99, ms=50),
    )
    trace = Trace(trace_id="t", started=_NOW, duration_ms=100, root="edge", spans=spans)
    found = [(bar.span.name, bar.depth, bar.x, bar.width) for bar in bars(trace)]
    assert found == [("edge", 0, 0, 1000), ("view", 1, 100, 800), ("sql", 2, 400, 200), ("lost", 0, 990, 10)]


def test_spans_that_name_each_other_as_their_cause_stand_at_the_top() -> None:
    spans = (
        _span("edge", "", at_ms=0, ms=100),
        _span("hen", "egg", at_ms=1, ms=1),
        _span("egg", "hen", at_ms=2, ms=1),
        _span("itself", "itself", at_ms=3, ms=1),
        _span("chick", "egg", at_ms=4, ms=1),
    )
    trace = Trace(trace_id="t", started=_NOW, duration_ms=100, root="edge", spans=spans)
    assert [(bar.span.name, bar.depth) for bar in bars(trace)] == [(span.name, 0) for span in spans]


_DOCUMENT: JsonObject = {
    "openapi": "3.0.3",
    "security": [{"bearer": []}],
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "signature": {"type": "apiKey", "in": "header", "name": "Stripe-Signature"},
        },
        "schemas": {
            "Take": {
                "type": "object",
                "required": ["machine", "at"],
                "properties": {
                    "machine": {"type": "string"},
                    "at": {"type": "string", "format": "date-time"},
                    "note": {"type": "string"},
                },
            }
        },
    },
    "paths": {
        "/take/{id}": {
            "post": {
                "summary": "Take one",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Take"}}}},
                "responses": {"200": {"description": "Taken"}},
            },
            "get": {"security": [], "description": "Open. To all.", "responses": {}},
            "put": {"security": [{"signature": []}], "summary": "Signed by `Stripe`", "responses": {}},
        }
    },
}


def test_a_document_gives_forms_with_examples_of_what_is_required() -> None:
    take, look, signed = operations(_DOCUMENT)
    assert (take.method, take.path, take.needs_token, take.answers) == ("POST", "/take/{id}", True, (("200", "Taken"),))
    assert json.loads(take.body or "") == {"machine": "example", "at": "2030-01-01T00:00:00Z"}
    assert [(p.name, p.place, p.is_required) for p in take.parameters] == [("id", "path", True)]
    assert (look.needs_token, look.summary, look.body) == (False, "Open", None)
    assert not signed.needs_token, "a signature is no token of a person"


def test_words_of_a_document_show_code_as_code_and_nothing_else_as_markup() -> None:
    assert prose("<b> holds `a < b`") == "&lt;b&gt; holds <code>a &lt; b</code>"


def test_the_curl_command_asks_the_shell_for_the_token_and_quotes_the_rest() -> None:
    said = curl(
        "POST", "https://a.localhost/x?q='1'", authority=Path("/ca dir/ca.pem"), has_token=True, headers={}, body="it's"
    )
    assert '--oauth2-bearer "$CODITECT_TOKEN"' in said
    assert "--cacert '/ca dir/ca.pem'" in said
    assert """--data 'it'"'"'s'""" in said


def test_seats_are_gathered_by_license() -> None:
    rows: Json = [
        {"tenant": "Acme", "license": "1", "total": 5, "holder": "alice", "acquired": 1.0, "heartbeat": 2.0},
        {"tenant": "Globex", "license": "2", "total": 3, "holder": None, "acquired": None, "heartbeat": None},
    ]
    assert [(one.tenant, len(one.holders), one.total) for one in licenses(rows)] == [("Acme", 1, 5), ("Globex", 0, 3)]


def test_what_does_not_run_stands_first() -> None:
    told: Json = {"processes": [{"name": "a", "state": "ready"}, {"name": "b", "state": "failed", "problem": "gone"}]}
    assert [process.name for process in processes(told)] == ["b", "a"]


@pytest.mark.parametrize(
    ("command", "fault", "seconds"), [("delete", "kill", 1), ("chaos", "burn", 1), ("chaos", "kill", float("nan"))]
)
def test_what_cannot_be_done_is_refused_in_words(command: str, fault: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"There (is|are)|Choose"):
        plan(command, "redis", fault=fault, seconds=seconds)


def test_a_traces_page_is_a_table_that_bars_only_illustrate(masking: Masking) -> None:
    spans = (
        _span("edge", "", at_ms=0, ms=100),
        replace(_span("<select>", "edge", at_ms=40, ms=20), is_error=True, attributes={"db": "SELECT correct-horse"}),
    )
    trace = Trace(trace_id="a" * 32, started=_NOW, duration_ms=100, root="GET /correct-horse", spans=spans)
    page = (
        templates(masking)
        .get_template("trace.html")
        .render(sections=(), section="/requests", form_token="", here="/", trace=trace, bars=bars(trace))
    )
    head = '<th scope="row" role="rowheader" data-label="Span" class="depth-1">'
    assert f'{head}<span class="wrap">&lt;select&gt;</span>' in page
    assert '<td role="cell" data-label="Takes" class="number">20 ms</td>' in page
    assert '<span aria-hidden="true">✗</span> error' in page
    assert 'x="400" y="3" width="200"' in page
    assert "correct-horse" not in page
