"""What `up` and `status` print: processes, addresses by application, and what a person must know beside them."""

from collections.abc import Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from coditect.graph.values import Json, items, lookup, members, text

STATE_COLOURS = {"ready": "green", "starting": "yellow", "failed": "red", "stopped": "dim"}
_STAND_INS = "stand-ins"
# Below this a description says nothing.
_LEAST_ABOUT = 12


def process_table(told: Json) -> Table:
    """Processes with their state."""
    table = Table(box=None, pad_edge=False)
    for column in ("process", "state", "pid", "restarts", "ready after"):
        table.add_column(column, no_wrap=True)
    for process in items(told, "processes"):
        state = text(process, "state")
        after = lookup(process, "ready_after_s")
        table.add_row(
            text(process, "name"),
            Text(state, style=STATE_COLOURS.get(state, "")),
            str(lookup(process, "pid") or ""),
            str(lookup(process, "restarts") or ""),
            "" if after is None else f"{after} s",
        )
    return table


def address_lines(told: Json, *, width: int, shows_all: bool = False) -> list[Text]:
    """One line an address, below its application. None is broken: what is there is said where there is room.

    shows_all: also addresses for programs, and prefixes of paths that answer nothing themselves.
    """
    found = [*items(told, "addresses"), *items(told, "prefixes")]
    rows = [row for row in found if shows_all or _is_for_people(row)]
    groups: dict[str, list[Json]] = {}
    for row in rows:
        name = _STAND_INS if lookup(row, "is_stand_in") else text(row, "application")
        groups.setdefault(name, []).append(row)
    # What is not the real thing stands last, whatever the order of routes.
    groups[_STAND_INS] = [*groups.pop(_STAND_INS, []), *items(told, "stand_ins")]
    listed = [row for group in groups.values() for row in group]
    address = max((len(text(row, "address")) for row in listed), default=0)
    service = max((len(_service(row)) for row in listed), default=0)
    state = max((len(_state(row)) for row in listed), default=0)
    room = width - (2 + address + 2 + service + 2 + state + 2)
    lines = []
    for name, group in groups.items():
        if group:
            lines.append(Text(name, style="bold"))
        for row in group:
            line = Text("  ").append(f"{text(row, 'address'):<{address}}  {_service(row):<{service}}  ")
            line.append(f"{_state(row):<{state}}", style=STATE_COLOURS.get(text(row, "state"), ""))
            if room >= _LEAST_ABOUT:
                line.append("  ").append(_short(text(row, "about"), room), style="dim")
            line.rstrip()
            lines.append(line)
    return lines


def closing_lines(told: Json) -> list[str]:
    """What a person does next, after the table of addresses: at most five lines, and one for each debugger."""
    named = [("Debugger", f"{address} stops {name}") for name, address in members(told, "debuggers").items()]
    if text(told, "console"):
        named.append(("Console", text(told, "console")))
    people = items(told, "people")
    if people:
        named.append(("Sign in", f"{text(people[0], 'email')} ({text(people[0], 'is')})"))
        named.append(("Password", f"cat {near(text(told, 'password_file'))}"))
    named.append(("Certificates", f"coditect open, or curl --cacert {near(text(told, 'authority'))}"))
    named.append(("More", "coditect status --all; coditect logs; coditect --help"))
    return ["", *(f"{name:<14}{said}" for name, said in named)]


def whole_lines(told: Json) -> Iterator[str]:
    """Everything else that `status --all` says: people, certificates, and what is declared and not done here."""
    authority = near(text(told, "authority"))
    people = items(told, "people")
    if people:
        yield from ("", "People, for signing in; everyone's password is in " + near(text(told, "password_file")))
        yield from (f"  {text(person, 'email')}: {text(person, 'is')}" for person in people)
    yield from ("", f"Certificates are signed by {authority}, which is installed nowhere.")
    yield "  coditect open starts a browser that trusts it for this platform alone."
    yield f"  curl --cacert {authority} https://…"
    not_done = [str(line) for line in items(told, "not_done_here")]
    if not_done:
        yield from ("", "Declared, and not done here")
        yield from (f"  {line}" for line in not_done)


def failure_lines(told: Json) -> list[str]:
    """What does not serve, and what would need it, one line each."""
    lines = []
    for failed in items(told, "failures"):
        name, problem = text(failed, "name"), text(failed, "problem").partition("\n")[0]
        lines.append(problem if problem.startswith(name) else f"{name}: {problem}")
    for process in items(told, "processes"):
        needs = ", ".join(str(need) for need in items(process, "needs_failed"))
        if needs and text(process, "state") == "ready":
            lines.append(f"{text(process, 'name')} runs, but needs {needs}, which does not serve.")
    return lines


def but_for(told: Json) -> str:
    """The end of a sentence that says that all is well; empty where nothing failed."""
    names = [text(one, "name") for one in items(told, "failures")]
    return f", but for {', '.join(names)}" if names else ""


def near(path: str) -> str:
    """A path as one would type it here: from the current directory where it lies below that."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def pages(told: Json, *, has_stand_ins: bool = True) -> list[str]:
    """Addresses that a person can open; of third parties' stand-ins last."""
    rows = [row for row in items(told, "addresses") if _is_for_people(row)]
    if has_stand_ins:
        rows += items(told, "stand_ins")
    return [text(row, "address") for row in rows]


def _is_for_people(row: Json) -> bool:
    """A page of a service that was started, and not the one that answers wherever no route does."""
    is_fallback = text(row, "about").startswith("Other paths")
    is_page = lookup(row, "answers") is not False and lookup(row, "is_page") is not False
    return is_page and not is_fallback and text(row, "state") != "stopped"


def _service(row: Json) -> str:
    return text(row, "service") or text(row, "name")


def _state(row: Json) -> str:
    return "a prefix" if lookup(row, "answers") is False else text(row, "state")


def _short(said: str, room: int) -> str:
    return said if len(said) <= room else said[: room - 1].rstrip() + "…"
