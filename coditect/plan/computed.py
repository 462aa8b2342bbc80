"""What the stand-ins of a capture made up, named by what it belongs to: a made-up address that differs is no change.

Google's computed values (addresses, numbers) are not known without a cloud, so a capture makes them up from the URN of
a resource. They stand in inventories, and in all that is made of them. Where a resource only got another name, all of
these would differ; where a record leads to another address, that alone should.
"""

from collections.abc import Mapping
from re import Match

from coditect.graph.inventory import Inventory
from coditect.graph.plausible import MADE_UP, made_up
from coditect.graph.values import Json


class Computed:
    """The made-up values of one inventory."""

    def __init__(self, inventory: Inventory, now: Mapping[str, str]) -> None:
        """now: the key that a resource has today, by the one it has in this inventory; where that differs."""
        self._names: dict[str, str] = {}
        for key, entry in inventory.entries.items():
            if not entry.is_component:
                name = now.get(key, key).rpartition("::")[2]
                for value, what in made_up(f"urn:pulumi:{inventory.stack}::{inventory.project}::{key}").items():
                    self._names[value] = f"<{what} of {entry.type.rpartition(':')[2]} {name}>"

    def named(self, value: Json) -> Json:
        """The same value, with `<address of GlobalAddress edge-address-site>` where an address was made up."""
        if isinstance(value, str):
            return MADE_UP.sub(self._name, value)
        if isinstance(value, list):
            return [self.named(member) for member in value]
        if isinstance(value, dict):
            return {key: self.named(member) for key, member in value.items()}
        return value

    def _name(self, found: Match[str]) -> str:
        return self._names.get(found[0], found[0])
