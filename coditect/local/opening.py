"""`coditect open`: the running site in a browser, or how to get there without one."""

import webbrowser
from html import escape
from pathlib import Path

from coditect.console import err, out
from coditect.graph.values import Json, items, text
from coditect.local import browser
from coditect.local.command import current, layout_of
from coditect.local.control import ask
from coditect.local.layout import NotRunning, write_private
from coditect.local.tables import near, pages
from coditect.naming import unknown
from explained.exits import Exit


def open_site(wanted: str | None, *, state: Path | None) -> int:
    """Open the console, or of `wanted`, a service, its own pages. Returns 1 when no window came."""
    layout = layout_of(state)
    told = current(layout)
    # A fresh link: it lets one browser in once.
    addresses = [str(ask(layout.control, "console-link"))] if wanted is None else _addresses(told, wanted)
    authority = Path(text(told, "authority"))
    profile = layout.root / "browser"
    opened = [_entrance(profile / "enter.html", addresses[0])] if wanted is None else addresses
    command = browser.command(opened, authority=authority, profile=profile)
    if command is None:
        why = "There is no Chromium here, and no other browser that can be started"
        if webbrowser.open(opened[0]):
            err.print(
                f"Your browser asks about the certificate until it trusts {near(str(authority))}.", soft_wrap=True
            )
            return 0
    else:
        failure = browser.start(command, log=profile / "start.log")
        if failure is None:
            return 0
        why = f"{Path(command[0]).name} opened no window ({failure})"
    err.print(f"{why}. Open these in a browser of yours:", soft_wrap=True, markup=False)
    for address in addresses:
        out.print(address, soft_wrap=True)
    err.print(
        f"It warns of the certificates until it trusts the authority {near(str(authority))}: import it there, "
        "and remove it when you are done.",
        soft_wrap=True,
    )
    return Exit.COULD_NOT_RUN


def _entrance(file: Path, link: str) -> str:
    """A page for this user alone that leads on to the link. Command lines are read by every user of the machine."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(
        file,
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>To the console</title>'
        f'<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url={escape(link)}">'
        f'<p><a href="{escape(link)}">To the console</a></p></html>\n',
    )
    return file.absolute().as_uri()


def _addresses(told: Json, wanted: str) -> list[str]:
    rows = [*items(told, "addresses"), *items(told, "stand_ins")]
    named = {address: text(row, "service") or text(row, "name") for row in rows if (address := text(row, "address"))}
    shown = set(pages(told))
    found = [address for address, name in named.items() if name == wanted and address in shown]
    if not found:
        names = {named[address] for address in shown}
        raise NotRunning(unknown(wanted, names, what="page of")).of_usage()
    return found
