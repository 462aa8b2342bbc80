"""Takes the README's pictures of the console of a running platform: three widths, light and dark.

    python -m tools.console_pictures --state DIR [--page PATH]... [--full] [--out DIR] [--form FORM]

Drives Chromium over its DevTools protocol. WebP, because a page's PNG is four times as large.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from coditect.local import browser
from coditect.local.control import ask
from coditect.local.layout import DEFAULT_STATE, REPOSITORY, Layout
from explained import ExplainedError
from tools.browser import installed

_SIZES = {360: 780, 768: 1024, 1280: 900}
_SETTLED_S = 1.0


class Page:
    """One tab, told what to do over its socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def tell(self, method: str, **parameters: Any) -> Any:  # noqa: ANN401 - the protocol's own JSON
        """Send a command and return its result. Raises ExplainedError when the browser refuses it."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async for message in self._socket:
            told = json.loads(message.data)
            if told.get("id") == number:
                if "error" in told:
                    raise ExplainedError(f"Chromium refused {method}: {told['error']['message']}")
                return told["result"]
        raise ExplainedError(f"Chromium ended while it was asked for {method}.")

    async def open(self, url: str) -> None:
        """Go there and wait until it has settled."""
        await self.tell("Page.navigate", url=url)
        await asyncio.sleep(_SETTLED_S)

    async def look(self, *, width: int, height: int, is_dark: bool) -> None:
        """What the page is seen by."""
        await self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        await self.tell("Emulation.setEmulatedMedia", features=[scheme])
        await asyncio.sleep(0.2)

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window; 0 as it should be."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int((await self.tell("Runtime.evaluate", expression=script))["result"]["value"])

    async def picture(self, *, is_full: bool, form: str) -> bytes:
        """What is seen, or the whole page. form: webp or png."""
        told = await self.tell(
            "Page.captureScreenshot",
            format=form,
            **({"quality": 85} if form == "webp" else {}),
            captureBeyondViewport=is_full,
            **await self._clip(is_full),
        )
        return base64.b64decode(told["data"])

    async def _clip(self, is_full: bool) -> dict[str, Any]:
        if not is_full:
            return {}
        size = (await self.tell("Page.getLayoutMetrics"))["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000), "scale": 1}}


@contextlib.asynccontextmanager
async def _tab(layout: Layout) -> Any:  # noqa: ANN401 - an asynchronous iterator of a page
    with tempfile.TemporaryDirectory() as profile:
        installed()
        command = browser.command([], authority=layout.authority / "ca.pem", profile=Path(profile))
        assert command is not None
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0", "about:blank"]
        process = await asyncio.create_subprocess_exec(*command, *flags, stderr=asyncio.subprocess.PIPE)
        assert process.stderr is not None
        try:
            async for line in process.stderr:
                found = re.search(rb"ws://[^/]+", line)
                if found:
                    break
            else:
                raise ExplainedError("Chromium ended before it listened.")
            address = found[0].decode().replace("ws://", "http://")
            async with aiohttp.ClientSession() as client:
                async with client.get(f"{address}/json/list") as answer:
                    tab = next(each for each in await answer.json(content_type=None) if each["type"] == "page")
                async with client.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield Page(socket)
        finally:
            process.terminate()
            await process.wait()


async def take(layout: Layout, *, paths: list[str], out: Path, is_full: bool, form: str) -> list[Path]:
    """Write a picture for each page, width and mode. Returns their files."""
    files = []
    out.mkdir(parents=True, exist_ok=True)
    async with _tab(layout) as page:
        link = str(ask(layout.control, "console-link"))
        await page.open(link)
        site = link.partition("/enter")[0]
        for path in paths:
            await page.open(f"{site}{path}")
            name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"
            for (width, height), is_dark in itertools.product(_SIZES.items(), (False, True)):
                await page.look(width=width, height=height, is_dark=is_dark)
                wider = await page.overflow()
                if wider:
                    raise ExplainedError(f"{path} is {wider} pixels wider than {width}: nobody scrolls sideways.")
                file = out / f"{name[:60]}-{width}-{'dark' if is_dark else 'light'}.{form}"
                file.write_bytes(await page.picture(is_full=is_full, form=form))
                files.append(file)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description="Pictures of the console of a running platform")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="the platform's state directory")
    parser.add_argument("--page", action="append", help="a path of the console; the overview if none")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "console", help="where pictures go")
    parser.add_argument("--full", action="store_true", help="the whole page instead of one screen")
    parser.add_argument("--form", choices=("webp", "png"), default="webp")
    told = parser.parse_args()
    layout = Layout(root=told.state.absolute())
    try:
        files = asyncio.run(take(layout, paths=told.page or ["/"], out=told.out, is_full=told.full, form=told.form))
    except ExplainedError as error:
        print(error, file=sys.stderr)
        return 1
    for file in files:
        print(f"{file}  {file.stat().st_size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
