"""Serve the console on a loopback port, behind the edge's `console.localhost`.

python -m coditect.local.console --port PORT --state DIR --https-port PORT --stack STACK
"""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from aiohttp import web

from coditect.local.console.acting import Actions
from coditect.local.console.application import application
from coditect.local.console.edge_log import EdgeLog
from coditect.local.console.live_picture import LivePicture
from coditect.local.console.masking import Masking
from coditect.local.console.signing_in import Signatures
from coditect.local.console.site import Site, templates
from coditect.local.console.supervised import Supervised
from coditect.local.console.traces import TraceStore
from coditect.local.edge.routes import CONSOLE_HOST
from coditect.local.layout import Layout
from coditect.local.process import LOOPBACK


def site_of(layout: Layout, *, https_port: int, stack: str) -> Site:
    """Everything of the console of that state directory."""
    supervised = Supervised(layout.control)
    masking = Masking(layout.secret_files)
    return Site(
        host=CONSOLE_HOST if https_port == 443 else f"{CONSOLE_HOST}:{https_port}",
        layout=layout,
        supervised=supervised,
        signatures=Signatures(layout.console_key.read_text()),
        masking=masking,
        edge_log=EdgeLog(layout.access_log),
        traces=TraceStore(),
        picture=LivePicture(graph=layout.root / f"graph-{stack}.json", drawn=layout.root / "console.svg"),
        actions=Actions(supervised, layout),
        templates=templates(masking),
    )


async def serve(port: int, layout: Layout, *, https_port: int, stack: str) -> None:
    """Until SIGTERM or SIGINT."""
    site = site_of(layout, https_port=https_port, stack=stack)
    runner = web.AppRunner(application(site, port=port), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, shutdown_timeout=2).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser(prog="coditect.local.console", description="The console of a running platform")
    parser.add_argument("--port", type=int, required=True, help="of the loopback address")
    parser.add_argument("--https-port", type=int, required=True, help="of the edge, which browsers name")
    parser.add_argument("--state", type=Path, required=True, help="the platform's state directory")
    parser.add_argument("--stack", required=True, help="what runs, whose captured graph is drawn")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(serve(told.port, Layout(root=told.state), https_port=told.https_port, stack=told.stack))


if __name__ == "__main__":
    main()
