"""What the shell offers when Tab is pressed: names of the platform that runs here, and stacks. Loads nothing heavy."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

_REPOSITORY = Path(__file__).resolve().parents[2]
_DEFAULT_STATE = _REPOSITORY / ".local"


def stacks(incomplete: str) -> list[str]:
    """Stacks that have settings."""
    return _beginning(incomplete, (file.stem.rpartition(".")[2] for file in (_REPOSITORY / "stacks").glob("*.yaml")))


def processes(ctx: typer.Context, incomplete: str) -> list[str]:
    """Processes of the running platform, and its services."""
    told = _state(ctx)
    names = [row["name"] for row in told.get("processes", ())]
    return _beginning(incomplete, [*names, *_services(told)])


def services(ctx: typer.Context, incomplete: str) -> list[str]:
    """Services behind the edge of the running platform."""
    return _beginning(incomplete, _services(_state(ctx)))


def databases(ctx: typer.Context, incomplete: str) -> list[str]:
    """Databases of the running platform."""
    return _beginning(incomplete, _state(ctx).get("databases", ()))


def _services(told: dict[str, Any]) -> list[str]:
    return [row["service"] for routes in ("addresses", "prefixes") for row in told.get(routes, ())]


def _state(ctx: typer.Context) -> dict[str, Any]:
    """What the supervisor last wrote; empty where it wrote nothing that can be read."""
    root = Path(ctx.params.get("state") or _DEFAULT_STATE)
    with suppress(OSError, ValueError):
        told = json.loads((root / "state.json").read_text())
        if isinstance(told, dict):
            return told
    return {}


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete)})
