"""Reads `stacks/Pulumi.<stack>.yaml` as the Pulumi command line would hand it to the program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from coditect.naming import unknown
from infra.settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent.parent
STACKS = ROOT / "stacks"
# Only the engine can decrypt a `secure:` value; the program gets this in its place, marked as secret.
STAND_IN_SECRET = "stand-in-secret-of-the-graph"  # noqa: S105 - says of itself that it is none


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """values: `namespace:key` to its string; structured values are JSON. secret_keys: those written as `secure:`."""

    values: Mapping[str, str]
    secret_keys: tuple[str, ...] = ()


def stack_names(directory: Path = STACKS) -> tuple[str, ...]:
    """Every stack there is a file for."""
    return tuple(sorted(p.name.removeprefix("Pulumi.").removesuffix(".yaml") for p in directory.glob("Pulumi.*.yaml")))


def project_name(root: Path = ROOT) -> str:
    """The project's name, from Pulumi.yaml."""
    return str(yaml.safe_load((root / "Pulumi.yaml").read_text())["name"])


def read(stack: str, *, project: str, directory: Path = STACKS) -> Configuration:
    """The configuration of a stack. Raises SettingsError where there is no such stack, or its file cannot be read."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.exists():
        raise SettingsError(
            f"{unknown(stack, stack_names(directory), what='stack')} Each is a stacks/Pulumi.NAME.yaml."
        ).of_usage()
    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise SettingsError(f"stacks/{path.name} is not YAML, so nothing of it can be used: {error}") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(f"stacks/{path.name} has no `config:` with settings below it. Copy one of another stack.")
    values: dict[str, str] = {}
    secret: list[str] = []
    for key, value in config.items():
        # The command line reads a key without a namespace as one of the project's.
        name = key if ":" in key else f"{project}:{key}"
        if isinstance(value, dict) and set(value) == {"secure"}:
            values[name] = STAND_IN_SECRET
            secret.append(name)
        else:
            values[name] = value if isinstance(value, str) else json.dumps(value)
    return Configuration(values=values, secret_keys=tuple(secret))
