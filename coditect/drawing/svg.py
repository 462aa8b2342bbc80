"""The few SVG elements that the picture is made of."""

from dataclasses import dataclass
from html import escape

# Mean advance of a character of the system's sans-serif, in ems: what text is fitted by, on the generous side.
_ADVANCE = 0.56


@dataclass(frozen=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        return Point(self.x, self.y + self.height / 2)

    @property
    def right(self) -> Point:
        return Point(self.x + self.width, self.y + self.height / 2)

    @property
    def bottom(self) -> float:
        return self.y + self.height


def rectangle(box: Box, style: str, radius: float = 8) -> str:
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    return f'<rect {place} rx="{radius:g}" class="{style}"/>'


def label(at: Point, words: str, style: str, anchor: str = "start") -> str:
    """A line of text; `at` is on its baseline."""
    return f'<text x="{at.x:g}" y="{at.y:g}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def slot(at: Point, key: str, style: str, anchor: str = "start") -> str:
    """An empty line of text that whoever shows the picture fills in by its key."""
    place = f'x="{at.x:g}" y="{at.y:g}" class="{style}" text-anchor="{anchor}"'
    return f'<text {place} data-slot="{escape(key)}"></text>'


def curve(start: Point, end: Point, style: str) -> str:
    """A line that leaves and arrives horizontally."""
    bend = (end.x - start.x) / 2
    return (
        f'<path d="M{start.x:g} {start.y:g}C{start.x + bend:g} {start.y:g} {end.x - bend:g} {end.y:g} '
        f'{end.x:g} {end.y:g}" class="{style}"/>'
    )


def fitted(words: str, width: float, size: float) -> str:
    """The words, cut with an ellipsis where they would not fit into `width` at a font size of `size` pixels."""
    room = int(width / (size * _ADVANCE))
    return words if len(words) <= room else words[: max(1, room - 1)].rstrip() + "…"


def group(parts: list[str], title: str = "") -> str:
    """Elements that belong together; the title is what a screen reader and a hovering pointer get."""
    heading = f"<title>{escape(title)}</title>" if title else ""
    return f"<g>{heading}{''.join(parts)}</g>"


def document(width: float, height: float, *, title: str, description: str, style: str, parts: list[str]) -> str:
    """A whole picture. title and description are for those who do not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title description">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="description">{escape(description)}</desc>\n'
        f"<style>{style}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )
