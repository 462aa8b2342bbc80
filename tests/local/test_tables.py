"""What `up` and `status` print, on a narrow terminal and a wide one."""

from pathlib import Path

import pytest

from coditect.graph.values import JsonObject
from coditect.local.tables import address_lines, closing_lines, pages, whole_lines


def _row(address: str, service: str, application: str, **more: bool | str) -> JsonObject:
    return {
        "address": f"https://{address}",
        "service": service,
        "application": application,
        "state": "ready",
        "is_stand_in": False,
        "answers": True,
        "is_page": True,
        "about": "What a person finds there, told at a length that no narrow terminal has room for",
        **more,
    }


_SITE, _API, _IDE = "coditect.com.localhost:20443", "api.coditect.ai.localhost:20443", "ide.localhost:20443"
_TOLD: JsonObject = {
    "addresses": [
        _row(f"{_SITE}/", "gateway-frontend", "gateway"),
        _row(f"{_IDE}/", "ide-frontend", "ide", is_stand_in=True),
        _row(f"{_API}/api/docs/", "license-backend", "license"),
        _row(f"{_API}/health", "license-backend", "license", is_page=False),
        _row("mta-sts.localhost:20443/", "gateway-frontend", "gateway", about="Other paths: x"),
        _row("app.localhost:20443/", "license-frontend", "license", state="stopped"),
    ],
    "prefixes": [_row(f"{_SITE}/api/", "gateway-backend", "gateway", answers=False)],
    "stand_ins": [{"name": "mailbox", "address": "http://127.0.0.1:48701/", "state": "failed", "about": "Mails"}],
    "people": [
        {"email": "alice@acme.example", "is": "owner of Acme"},
        {"email": "sam@coditect.example", "is": "staff"},
    ],
    "password_file": "/state/secrets/demonstration-password",
    "authority": "/state/authority/ca.pem",
    "not_done_here": ["HTTP/3: clients get HTTP/2 here"],
}


def test_at_80_columns_every_address_is_whole_and_stands_on_one_line() -> None:
    lines = [line.plain for line in address_lines(_TOLD, width=80)]
    assert max(map(len, lines)) <= 80
    assert lines == [
        "gateway",
        "  https://coditect.com.localhost:20443/              gateway-frontend  ready",
        "license",
        "  https://api.coditect.ai.localhost:20443/api/docs/  license-backend   ready",
        "stand-ins",
        "  https://ide.localhost:20443/                       ide-frontend      ready",
        "  http://127.0.0.1:48701/                            mailbox           failed",
    ]


@pytest.mark.parametrize("width", [20, 60, 100, 140, 400])
def test_no_width_breaks_an_address_and_room_is_for_what_is_there(width: int) -> None:
    lines = [line.plain for line in address_lines(_TOLD, width=width)]
    assert sum("://" in line for line in lines) == 4
    assert any(line.split()[0] == "https://api.coditect.ai.localhost:20443/api/docs/" for line in lines)
    if width >= 100:
        assert max(map(len, lines)) <= width
        assert all("What a person" in line for line in lines if "https://" in line)


def test_what_answers_programs_or_nothing_itself_is_shown_to_those_who_ask_for_all() -> None:
    every = "\n".join(line.plain for line in address_lines(_TOLD, width=80, shows_all=True))
    for address in ("/health ", "mta-sts.localhost:20443/ ", "app.localhost:20443/ ", f"{_SITE}/api/ "):
        assert address in every
    assert "a prefix" in every


def test_what_a_person_does_next_takes_at_most_five_lines_that_fit() -> None:
    lines = closing_lines({**_TOLD, "console": "https://console.localhost:20443/?once=abc"})
    assert len(lines) <= 6, "an empty one before them"
    assert max(map(len, lines)) <= 80
    assert any("https://console.localhost:20443/?once=abc" in line for line in lines)
    assert not any("HTTP/3" in line for line in lines)
    assert any("HTTP/3" in line for line in whole_lines(_TOLD))


def test_only_pages_are_opened() -> None:
    assert pages(_TOLD, has_stand_ins=False) == [
        "https://coditect.com.localhost:20443/",
        "https://ide.localhost:20443/",
        "https://api.coditect.ai.localhost:20443/api/docs/",
    ]
    assert pages(_TOLD)[-1] == "http://127.0.0.1:48701/"


def test_paths_below_the_current_directory_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path("/"))
    assert "cat state/secrets/demonstration-password" in "\n".join(closing_lines(_TOLD))


def test_where_a_debugger_attaches_stands_below_the_table() -> None:
    lines = closing_lines({**_TOLD, "debuggers": {"gateway-backend-blue": "127.0.0.1:5678"}})
    assert "Debugger      127.0.0.1:5678 stops gateway-backend-blue" in lines
