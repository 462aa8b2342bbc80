"""What the console's pages promise to programs that read them aloud: what is announced, and what a table is."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coditect.graph.values import JsonObject
from coditect.local.console import site
from coditect.local.console.acting import Action, plan
from coditect.local.console.masking import Masking
from coditect.local.console.pages.api import Described
from coditect.local.console.site import SECTIONS, templates
from tests.local.console_alone import console_alone

_NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
_TEMPLATES = Path(site.__file__).parent / "templates"
# What an element of a table is, said again: as cards on a narrow screen, they are blocks, which lose it.
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
_HEADERS = {"col": "columnheader", "row": "rowheader"}
_ANNOUNCED = {"status", "alert", "log"}


def _page(template: str, **shown: object) -> str:
    """As the console renders it, for somebody who is signed in."""
    always = {"sections": SECTIONS, "section": "", "form_token": "", "here": "/", "authority": ""}
    return templates(Masking(tuple)).get_template(template).render(**always, **shown)


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


@pytest.mark.parametrize("template", sorted(_TEMPLATES.glob("*.html")), ids=lambda file: file.stem)
def test_every_part_of_a_table_says_what_it_is_also_where_it_is_drawn_as_a_card(template: Path) -> None:
    found = re.findall(r"<(table|thead|tbody|tr|td|th)\b((?:\{%.*?%\}|\{\{.*?\}\}|[^>{])*)>", template.read_text())
    assert ("table" in dict(found)) == ("<table" in template.read_text())
    for tag, attributes in found:
        scope = re.search(r'scope="(\w+)"', attributes)
        role = _HEADERS[scope[1]] if tag == "th" and scope else _ROLES[tag]
        assert f'role="{role}"' in attributes, f"<{tag}{attributes}>"


def test_the_list_of_operations_leads_to_the_documents_that_they_come_from() -> None:
    described = Described(service="shop", origin="https://shop.localhost", title="Shop", operations=())
    page = _page("api.html", described=[described])
    for path, name in (("/api/docs/", "Documents of Shop"), ("/api/schema/", "OpenAPI document of Shop")):
        link = re.search(rf'<a href="https://shop\.localhost{path}">(.*?)</a>', page)
        assert link
        assert re.sub(r"<[^>]*>", "", link[1]) == name


def test_a_processes_log_shows_each_entry_with_its_level_and_what_belongs_to_it_below(tmp_path: Path) -> None:
    log = tmp_path / "kms.log"
    entries: list[JsonObject] = [
        {"level": "INFO", "message": "serves <all>", "ms": 2},
        {"level": "ERROR", "message": "failed", "exception": "Traceback:\n  line 1\nValueError"},
    ]
    log.write_text("".join(json.dumps({"timestamp": _NOW.isoformat(), **entry}) + "\n" for entry in entries))
    with console_alone({"processes": [{"name": "kms", "state": "ready", "restarts": 0, "log": str(log)}]}) as console:
        page = console.ask("/processes/kms")[1]
    shown = page.partition('id="log"')[2].partition(">")[2].partition("</pre>")[0]
    found = re.findall(r'<span class="entry level-(\w+)">(.*?)</span>(?=<span class="entry|$)', shown)
    assert [level for level, _ in found] == ["info", "error"]
    words = [html.unescape(re.sub(r"<[^>]*>", "|", entry)) for _, entry in found]
    assert words[0].endswith("| serves <all>  |ms=2|")
    assert words[1].endswith("| |error| failed|Traceback:||  line 1||ValueError|")
    assert "The last 2 entries" in page
