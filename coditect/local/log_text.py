"""An entry of a log as a person reads it: time, process, level, message, then what belongs to it, dim."""

from rich.text import Text

from coditect.local.log_lines import Entry, Level

_COLOURS = (
    "cyan",
    "green",
    "magenta",
    "blue",
    "yellow",
    "bright_cyan",
    "bright_green",
    "bright_magenta",
    "bright_blue",
)
_LEVEL_STYLES = {Level.DEBUG: "dim", Level.WARNING: "yellow", Level.ERROR: "red", Level.CRITICAL: "bold red"}
# Which the message says already, or which nobody looks for while reading; `--json` has them.
_UNSHOWN = frozenset({
    "logger", "stand_in", "method", "path", "host", "endpoint", "status", "bytes_in", "bytes_out", "user_agent",
    "protocol", "tls", "backend", "pod", "port", "taskName",
})  # fmt: skip
_LONGEST_FIELD = 80
# Names of jobs end in a digest, and may stand out.
_WIDEST_NAME = 24


class Lines:
    """Gives each process a colour of its own, and all names one width."""

    def __init__(self, processes: set[str]) -> None:
        self._width = min(max(map(len, processes), default=0), _WIDEST_NAME)
        self._colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(sorted(processes))}

    def text(self, entry: Entry) -> Text:
        """One line; what takes several, as a traceback does, follows below it."""
        colour = self._colours.setdefault(entry.process, _COLOURS[len(self._colours) % len(_COLOURS)])
        line = Text.assemble(
            (f"{clock(entry):<12} ", "dim"),
            (f"{entry.process:<{self._width}} ", colour),
            (f"{entry.level.value.upper():<8} ", _LEVEL_STYLES.get(entry.level, "")),
            (_visible(entry.message), _LEVEL_STYLES.get(entry.level, "")),
        )
        beside, below = details(entry)
        for more in beside:
            line.append(f"  {more}", style="dim")
        for more in below:
            line.append(f"\n  {more}", style="dim")
        return line


def clock(entry: Entry) -> str:
    """When it was written, in this machine's time to the millisecond; empty where nothing says so."""
    return entry.time.astimezone().strftime("%H:%M:%S.%f")[:-3] if entry.time else ""


def details(entry: Entry) -> tuple[list[str], list[str]]:
    """What an entry carries besides its message: short values to stand beside it, and lines to stand below."""
    beside, below = [], []
    for name, value in entry.fields.items():
        if name in _UNSHOWN or isinstance(value, dict | list) or value in (None, "", "-"):
            continue
        said = _visible(str(value))
        if "\n" in said:
            below += said.splitlines()
        elif len(said) <= _LONGEST_FIELD:
            beside.append(f"{name}={said}")
    return beside, below


def _visible(said: str) -> str:
    """Without what would steer the terminal: a log holds what others sent."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in said)
