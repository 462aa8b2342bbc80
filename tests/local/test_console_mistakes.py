"""Every error page of the console says what happened, whether something was lost, what to do, and its number."""

import html
import logging
import re

import pytest

from coditect.graph.values import Json, JsonObject
from tests.local.console_alone import HOST, console_alone

_RUNS: JsonObject = {"processes": [{"name": "kms", "state": "ready", "restarts": 0, "log": "/none"}]}
_BROKEN: JsonObject = {"processes": [{"name": "kms", "restarts": "many"}]}
_GET_LOST = "Nothing is lost: this page would only have shown something."
_POST_LOST = "Nothing was changed; only what you typed into the form is lost."
_UNKNOWN = "Whether it was done is not known. Look under Actions before you send it again."
_FORM = {"Origin": f"https://{HOST}"}


def _words(page: str) -> str:
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", main)).split())


@pytest.mark.parametrize(
    ("overview", "asked", "told", "status", "happened", "lost", "to_do"),
    [
        (_RUNS, ("/nowhere", "GET"), {}, 404, "Nothing is at this address.", _GET_LOST, "Check the address"),
        (_RUNS, ("/processes/x", "GET"), {}, 404, "No process is called x.", _GET_LOST, "Check the address"),
        (_RUNS, ("/actions", "POST"), {}, 403, "sent from another site", _POST_LOST, "Load the page"),
        (_RUNS, ("/processes", "GET"), {"Host": "x"}, 421, "answers to no other name", _GET_LOST, "coditect open"),
        (_RUNS, ("/actions/new", "GET"), {}, 400, "Name what to act on", _GET_LOST, "choose from what is offered"),
        (_RUNS, ("/mails", "GET"), {}, 503, "mailbox is not running", _GET_LOST, "Run coditect status"),
        (None, ("/processes", "GET"), {}, 503, "The platform has ended", _GET_LOST, "coditect up starts it"),
        (None, ("/api/call", "POST"), _FORM, 503, "The platform has ended", _UNKNOWN, "Run coditect status"),
        (_BROKEN, ("/processes", "GET"), {}, 500, "nothing else did", _GET_LOST, "coditect logs console"),
    ],
)
def test_an_error_page_says_what_happened_what_was_lost_and_what_to_do(
    overview: Json,
    asked: tuple[str, str],
    told: dict[str, str],
    status: int,
    happened: str,
    lost: str,
    to_do: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="console")
    with console_alone(overview) as console:
        pages = [console.ask(*asked, **told) for _ in range(2)]
    words = [_words(page) for _, page in pages]
    assert [got for got, _ in pages] == [status, status], words
    for said in (happened, lost, to_do):
        assert said in words[0]
    numbers = [re.search(r"Number of this request: ([0-9a-f]{8})\.", each) for each in words]
    found = [number[1] for number in numbers if number]
    assert len(set(found)) == 2
    for number in found:
        assert f"request {number}: {status} for {asked[1]} {asked[0]}" in caplog.text


def test_the_cause_of_a_failure_stands_in_the_log_and_not_on_the_page(caplog: pytest.LogCaptureFixture) -> None:
    with console_alone(_BROKEN) as console:
        page = console.ask("/processes")[1]
    assert "ValueError: invalid literal" in caplog.text
    assert "ValueError" not in page


def test_what_is_logged_of_a_mistake_holds_no_query_and_begins_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="console")
    with console_alone(_RUNS) as console:
        console.ask("/processes/a%0Aforged?token=secret")
    (message,) = (record.getMessage() for record in caplog.records if record.name == "console")
    assert "secret" not in message
    assert "\n" not in message


def test_who_comes_by_another_name_is_led_to_the_consoles_own() -> None:
    with console_alone(_RUNS) as console:
        page = console.ask("/processes", Host="elsewhere.example")[1]
    assert 'href="https://console.localhost/">To the overview' in page
