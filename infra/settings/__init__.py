"""One typed model of what differs between stacks, read from `stacks/Pulumi.<stack>.yaml`.

Every field says its unit, its range, and what a value outside would cause. `stacks/settings.schema.json` is generated
from it.
"""

from infra.settings.load import json_schema, load
from infra.settings.model import Settings
from infra.settings.vocabulary import PROJECT, Region, SettingsError, StackName

__all__ = ["PROJECT", "Region", "Settings", "SettingsError", "StackName", "json_schema", "load"]
