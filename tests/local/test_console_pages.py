"""What the console's pages promise to programs that read them aloud: what is announced, and what a table is."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coditect.local.console.acting import Action, plan
from coditect.local.console.masking import Masking
from coditect.local.console.site import SECTIONS, templates

_NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
_ANNOUNCED = {"status", "alert", "log"}


def _page(template: str, **shown: object) -> str:
    """As the console renders it, for somebody who is signed in."""
    always = {"sections": SECTIONS, "section": "", "form_token": "", "here": "/", "authority": ""}
    return templates(Masking(Path("nowhere"))).get_template(template).render(**always, **shown)


class _Announced(HTMLParser):
    """Elements that stand within what is announced when it changes, and their words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.words = ""
        self._within: list[bool] = []
        self.feed(page.partition("<main")[2].partition(">")[2].partition("</main>")[0])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        if any(self._within):
            self.elements.append(tag)
        if tag not in ("input", "meta", "link", "br"):
            self._within.append(told.get("role") in _ANNOUNCED or "aria-live" in told)

    def handle_endtag(self, tag: str) -> None:
        self._within.pop()

    def handle_data(self, words: str) -> None:
        if any(self._within):
            self.words += words


@pytest.mark.parametrize(("succeeded", "word"), [(None, "… running"), (True, "✓ done"), (False, "✗ failed")])
def test_an_actions_page_announces_its_state_and_not_how_long_ago_it_began(succeeded: bool | None, word: str) -> None:
    ended = None if succeeded is None else _NOW + timedelta(seconds=3)
    action = Action(id=1, plan=plan("restart", "redis"), begun=_NOW, ended=ended, has_succeeded=succeeded)
    page = _page("action.html", action=action)
    announced = _Announced(page)
    assert "<time" in page
    assert "time" not in announced.elements
    assert " ".join(announced.words.split()) == word
