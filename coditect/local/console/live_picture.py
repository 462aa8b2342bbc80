"""The picture of `coditect graph` for what runs here, with numbers in its slots.

Drawing needs the whole graph. A process of its own does it, once for each graph: the console stays small.

    python -m coditect.local.console.live_picture GRAPH FILE
"""

import asyncio
import re
import sys
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from markupsafe import Markup, escape

from coditect.drawing.style import STYLE
from coditect.local.layout import REPOSITORY, write_private

_SLOT = re.compile(r'(<text [^>]*)data-slot="([^"]*)"></text>')
_DRAWING = REPOSITORY / "coditect" / "drawing"
_LIMIT_S = 60.0


class LivePicture:
    """graph: the file of the captured graph. drawn: where its picture is kept."""

    def __init__(self, *, graph: Path, drawn: Path) -> None:
        self._graph = graph
        self._drawn = drawn
        self._lock = asyncio.Lock()
        self._svg = ""
        self._read_at = 0

    async def svg(self) -> str:
        """The picture with empty slots; empty where it cannot be drawn."""
        async with self._lock:
            if self._is_old():
                await self._draw()
            if self._drawn.exists() and self._drawn.stat().st_mtime_ns != self._read_at:
                self._read_at = self._drawn.stat().st_mtime_ns
                # Its style is served beside it: a page of the console allows none of its own.
                self._svg = re.sub(r"<style>.*?</style>", "", self._drawn.read_text(), flags=re.DOTALL)
        return self._svg

    def _is_old(self) -> bool:
        if not self._graph.exists():
            return False
        newest = max(file.stat().st_mtime_ns for file in (self._graph, *_DRAWING.glob("*.py")))
        return not self._drawn.exists() or self._drawn.stat().st_mtime_ns < newest

    async def _draw(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, str(self._graph), str(self._drawn), cwd=REPOSITORY
        )
        try:
            await asyncio.wait_for(process.wait(), _LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def slots(svg: str) -> list[str]:
    """Keys of the picture's slots."""
    return [unescape(key) for _, key in _SLOT.findall(svg)]


def filled(svg: str, words: Mapping[str, tuple[str, str]]) -> Markup:
    """The picture with words in its slots. words: by key, with the class they get."""

    def fill(match: re.Match[str]) -> str:
        key = unescape(match[2])
        content, style = words.get(key, ("", ""))
        name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        return f'{match[1]}id="slot-{name}" data-live><tspan class="{escape(style)}">{escape(content)}</tspan></text>'

    return Markup(_SLOT.sub(fill, svg))  # noqa: S704 - our own picture; what is put in is escaped above


def stylesheet() -> str:
    """The picture's own style, for nothing outside it."""
    return f".picture{{{STYLE.replace(':root', '&')}}}\n"


def main() -> None:
    """Draw, for the console that started this process."""
    from coditect.drawing.picture import picture
    from coditect.graph import configuration
    from coditect.local.graph_cache import remembered
    from infra import settings

    file, drawn = Path(sys.argv[1]), Path(sys.argv[2])
    graph = remembered(file)
    if graph is not None:
        declared = configuration.read(graph.stack, project=graph.project)
        write_private(drawn, picture(graph, settings.load(graph.stack, declared.values), has_slots=True))


if __name__ == "__main__":
    main()
