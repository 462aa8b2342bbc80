"""Who listens on a port of this machine, for a person who wonders why it is taken."""

from pathlib import Path

_LISTENS = "0A"  # as /proc/net/tcp writes the state


def listener(port: int) -> str:
    """The process in words; empty where it cannot be known: it is another user's, or there is no /proc."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return _described(process)
        except OSError:  # another user's, or gone
            continue
    return ""


def _inodes(port: int) -> list[str]:
    found = []
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(fields[9])
    return found


def _described(process: Path) -> str:
    arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    for argument in arguments:
        if argument.endswith("/edge/envoy.json"):
            return f"the platform in {Path(argument).parents[1]}"
    return f"{Path(arguments[0]).name} (process {process.name})"
