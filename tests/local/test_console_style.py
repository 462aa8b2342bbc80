"""What the console's style promises to people who see less: contrasts of both modes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest

from coditect.drawing.style import STYLE
from coditect.local.layout import REPOSITORY

_CSS = (REPOSITORY / "coditect/local/console/static/style.css").read_text()
_GROUNDS = ("--page", "--surface", "--sunk")
_TEXTS = ("--text", "--muted", "--act", "--act-strong", "--good", "--waiting", "--bad")
# Letters on what is filled with colour: buttons, as they are and with the pointer on them.
_FILLED = (("--on-act", "--act"), ("--on-act", "--act-strong"), ("--page", "--bad"), ("--page", "--text"))
# What must be seen to use a page: a rule's selector, and the property that names the variable.
_PARTS = (
    (":focus-visible", "outline"),
    ("input:not([type=radio]), select, textarea", "border"),
    (".quiet", "border-color"),
    (".choice input", "accent-color"),
    (".bar", "fill"),
    (".bar.wrong", "fill"),
    ("progress", "border"),
    ("progress::-webkit-progress-value", "background"),
    ("progress::-moz-progress-bar", "background"),
)


def _variables(css: str, *, is_dark: bool) -> dict[str, str]:
    light, _, dark = css.partition("prefers-color-scheme")
    found = dict(re.findall(r"(--[\w-]+): ?(#[0-9a-f]{6})", light))
    return found | (dict(re.findall(r"(--[\w-]+): ?(#[0-9a-f]{6})", dark)) if is_dark else {})


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _used(selector: str, property_name: str) -> str:
    """The variable that a rule gives a property."""
    found = re.search(
        rf"(?:^|[ }}]){re.escape(selector)} {{[^}}]*?{property_name}: [^;]*?var\((--[\w-]+)\)", _CSS, re.M
    )
    assert found, f"{selector} names no variable for {property_name}"
    return found[1]


def test_contrast_is_counted_as_wcag_does() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#0ea5e9", "#ffffff") == pytest.approx(2.77, abs=0.005)


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_text_reaches_four_and_a_half_to_one_on_every_ground(is_dark: bool) -> None:
    colours = _variables(_CSS, is_dark=is_dark)
    picture = _variables(STYLE, is_dark=is_dark)
    grounds = {name: colours[name] for name in _GROUNDS} | {name: picture[name] for name in ("--ground", "--box")}
    pairs = {(text, name): (colours[text], ground) for text in _TEXTS for name, ground in grounds.items()}
    pairs |= {(text, ground): (colours[text], colours[ground]) for text, ground in _FILLED}
    assert {pair: round(_contrast(*both), 2) for pair, both in pairs.items() if _contrast(*both) < 4.5} == {}


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_outlines_borders_and_bars_reach_three_to_one_on_every_ground(is_dark: bool) -> None:
    colours = _variables(_CSS, is_dark=is_dark)
    parts = {(selector, _used(selector, name)) for selector, name in _PARTS}
    found = {
        (selector, ground): round(_contrast(colours[variable], colours[ground]), 2)
        for selector, variable in parts
        for ground in _GROUNDS
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3} == {}
