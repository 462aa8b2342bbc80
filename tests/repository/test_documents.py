"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

from tests.repository.documents import TO_COME, anchors, code, links, pages, prose, tracked
from tests.repository.image_tree import ROOT

# A path from the repository's root, with a slash: `infra/catalog/`, `tests/infra/test_pods.py`.
_PATH = re.compile(r"\.?[A-Za-z0-9_-]+(?:/[A-Za-z0-9_.<>*{},-]+)+/?|\.?[A-Za-z0-9_-]+/")
# A file by its ending, wherever it is: a decision about the applications leaves out `apps/domain/`.
_FILE = re.compile(r"[A-Za-z0-9_-][\w.-]*(?:/[\w.-]+)*/[\w.-]+\.(?:py|md|yaml|json|sh|html|css|svg|toml|lock|sql)")
_PLACEHOLDER = re.compile(r"<[^>]+>|\*|[A-Z]{2,}|\{[^}]*\}|…")
_TOP = {name.split("/")[0] for name in tracked()}
_TOLD = (ROOT / ".editorconfig").read_text()
_WIDEST = int(re.findall(r"^\[\*\.md\]\nmax_line_length = (\d+)$", _TOLD, re.MULTILINE)[0])
_MADE_FROM_CODE = {
    Path(name) for name in re.findall(r"^\[(docs/\S+\.md)\]\nmax_line_length = off$", _TOLD, re.MULTILINE)
}
_INDEX = ROOT / "docs" / "adr" / "README.md"


def _is_there(name: str) -> bool:
    if not _is_from_the_root(name):
        return any(known.startswith("apps/") and known.endswith(f"/{name}") for known in tracked())
    if not _PLACEHOLDER.search(name):
        return name.rstrip("/") in tracked()
    pattern = ".*".join(re.escape(part) for part in _PLACEHOLDER.split(name.rstrip("/")))
    return any(re.fullmatch(pattern, known) for known in tracked())


def _is_from_the_root(name: str) -> bool:
    return name.split("/")[0] in _TOP


def _leads_somewhere(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (ROOT / page).parent.joinpath(file).resolve() if file else ROOT / page
    if not target.is_relative_to(ROOT) or str(target.relative_to(ROOT)) not in tracked():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_to_pages_and_headings_that_are_there(page: Path) -> None:
    dead = [link for link in links(page) if not _leads_somewhere(page, link)]
    assert not dead


@pytest.mark.parametrize("page", pages(), ids=str)
def test_paths_that_a_page_names_are_there(page: Path) -> None:
    named = {
        text for text in code(page) if _FILE.fullmatch(text) or (_PATH.fullmatch(text) and _is_from_the_root(text))
    }
    assert not [text for text in named - TO_COME if not _is_there(text)]


@pytest.mark.parametrize("page", sorted(set(pages()) - _MADE_FROM_CODE), ids=str)
def test_prose_is_no_wider_than_editors_are_told(page: Path) -> None:
    assert not [line for line in prose(page) if len(line) > _WIDEST]


def test_each_decision_stands_in_the_index_with_its_status_and_each_line_has_its_page() -> None:
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \| (.+) \|$", _INDEX.read_text(), re.MULTILINE)
    files = sorted(path.name for path in _INDEX.parent.glob("[0-9]*.md"))
    assert [file for _, file, _, _ in rows] == files
    for number, file, decision, status in rows:
        assert file.startswith(f"{number}-")
        assert decision.endswith(".")
        assert re.fullmatch(r"accepted|proposed|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)", status), file
        title = (_INDEX.parent / file).read_text().partition("\n")[0]
        assert title.startswith(f"# {int(number)}. "), f"{file} begins with {title!r}"
