"""Tables of the console are sorted and filtered by the address, so that a link shows the same to somebody else."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from coditect.graph.values import JsonObject
from tests.local.console_alone import ConsoleAlone, console_alone


def _process(name: str, state: str, restarts: int, ready_after_s: float | None) -> JsonObject:
    told: JsonObject = {"name": name, "state": state, "pid": None, "restarts": restarts, "problem": "", "log": "/none"}
    return {**told, "ready_after_s": ready_after_s}


def _address(host: str, service: str) -> JsonObject:
    return {"address": f"https://{host}/", "path": "/", "service": service, "state": "ready", "is_stand_in": False}


def _request(after_s: float, host: str, path: str, status: int, duration_ms: float) -> str:
    at = (datetime.now(UTC) + timedelta(seconds=after_s)).isoformat()
    row = {"time": at, "method": "GET", "host": host, "path": path, "status": status, "duration_ms": duration_ms}
    return json.dumps({**row, "backend": "shop", "request_id": ""})


@pytest.fixture
def console() -> Iterator[ConsoleAlone]:
    """Three processes, two routes and three requests."""
    told: JsonObject = {
        "processes": [
            _process("shop", "ready", 2, 0.5),
            _process("kms", "failed", 10, None),
            _process("bank", "ready", 0, 3),
        ],
        "addresses": [_address("shop.localhost", "shop"), _address("bank.localhost", "bank")],
        "backends": {"shop": "shop"},
    }
    requests = [
        _request(-3, "bank.localhost", "/slow", 200, 900),
        _request(-2, "bank.localhost", "/broken", 503, 5),
        _request(-1, "shop.localhost", "/quick", 404, 1),
    ]
    hosts = ("shop.localhost", "bank.localhost")
    slots = "".join(f'<text data-slot="route {host} /"></text>' for host in hosts)
    with console_alone(told) as alone:
        layout = alone.site.layout
        layout.access_log.parent.mkdir(parents=True, exist_ok=True)
        layout.access_log.write_text("".join(f"{line}\n" for line in requests))
        (layout.root / "console.svg").write_text(f"<svg>{slots}</svg>")
        yield alone


def _rows(console: ConsoleAlone, address: str) -> list[str]:
    """The head of each row of the first table."""
    status, page = console.ask(address)
    assert status == 200, page
    table = page.partition("<table")[2].partition("</table>")[0]
    heads = re.findall(r'<th scope="row".*?>(.*?)(?:<span|</th>)', table, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "", head)).split()[-1] for head in heads]


@pytest.mark.parametrize(
    ("address", "rows"),
    [
        ("/processes", ["kms", "shop", "bank"]),
        ("/processes?sort=name", ["bank", "kms", "shop"]),
        ("/processes?sort=-name", ["shop", "kms", "bank"]),
        ("/processes?sort=-restarts", ["kms", "shop", "bank"]),
        ("/processes?sort=state", ["kms", "shop", "bank"]),
        ("/processes?sort=nobody", ["kms", "shop", "bank"]),
        ("/requests", ["/quick", "/broken", "/slow"]),
        ("/requests?sort=time", ["/slow", "/broken", "/quick"]),
        ("/requests?sort=-duration", ["/slow", "/broken", "/quick"]),
        ("/requests?sort=status", ["/slow", "/quick", "/broken"]),
        ("/requests?sort=-nobody", ["/quick", "/broken", "/slow"]),
        ("/", ["shop.localhost/", "bank.localhost/"]),
        ("/?sort=route", ["bank.localhost/", "shop.localhost/"]),
        ("/?sort=-errors", ["bank.localhost/", "shop.localhost/"]),
        ("/?sort=requests", ["shop.localhost/", "bank.localhost/"]),
    ],
)
def test_the_address_says_how_rows_are_sorted(console: ConsoleAlone, address: str, rows: list[str]) -> None:
    assert _rows(console, address) == rows


@pytest.mark.parametrize("way", ["ready", "-ready"])
def test_what_has_no_number_stands_last_whatever_the_order(console: ConsoleAlone, way: str) -> None:
    assert _rows(console, f"/processes?sort={way}")[-1] == "kms"


def test_rows_can_be_filtered_by_name_and_state_and_sorted_too(console: ConsoleAlone) -> None:
    assert _rows(console, "/processes?name=K") == ["kms", "bank"]
    assert _rows(console, "/processes?name=K&sort=-name") == ["kms", "bank"]
    assert _rows(console, "/processes?name=K&sort=name") == ["bank", "kms"]
    assert _rows(console, "/processes?state=ready") == ["shop", "bank"]
    assert _rows(console, "/requests?status=4xx&sort=time") == ["/quick"]


def test_a_filter_that_nothing_fits_says_how_to_see_all(console: ConsoleAlone) -> None:
    _, page = console.ask("/processes?name=nobody&state=stopped")
    assert "No process fits this filter" in page
    assert "<option selected>stopped</option>" in page
    assert '<a href="/processes">Show all processes</a>' in page


def _headers(console: ConsoleAlone, address: str) -> dict[str, tuple[str, str]]:
    """Where the link of each header leads, and how its column is sorted, as a screen reader hears it."""
    _, page = console.ask(address)
    found = re.findall(r'<th ([^>]*)><a class="sort" href="([^"]*)">([^<]*)', page)
    sorted_as = {words: re.search(r'aria-sort="(\w+)"', told) for told, _, words in found}
    return {words: (html.unescape(link), match[1] if (match := sorted_as[words]) else "") for _, link, words in found}


def test_a_header_leads_to_the_other_order_and_keeps_what_else_the_address_says(console: ConsoleAlone) -> None:
    headers = _headers(console, "/processes?name=a&sort=-memory")
    assert headers["Memory"] == ("/processes?name=a&sort=memory", "descending")
    assert headers["Process"] == ("/processes?name=a&sort=name", "")
    assert _headers(console, "/processes?sort=name")["Process"] == ("/processes?sort=-name", "ascending")
    assert _headers(console, "/processes")["Restarts"] == ("/processes?sort=-restarts", "")
    assert _headers(console, "/requests?service=shop")["When"] == ("/requests?service=shop&sort=time", "descending")
    assert _headers(console, "/")["Errors"] == ("/?sort=-errors#by-route", "")


@pytest.mark.parametrize("page", ["/processes?sort=state", "/requests?sort=status"])
def test_a_filters_form_keeps_how_rows_are_sorted(console: ConsoleAlone, page: str) -> None:
    form = console.ask(page)[1].partition('<form class="filter"')[2].partition("</form>")[0]
    assert f'<input type="hidden" name="sort" value="{page.partition("=")[2]}">' in form
