"""`coditect schema`: JSON Schemas that are generated from the models and committed, for editors and other readers."""

import json
from collections.abc import Mapping
from pathlib import Path

from coditect.console import err, out
from coditect.graph.configuration import ROOT, STACKS
from coditect.plan.document import json_schema as plan_schema
from explained.exits import Exit
from infra.settings import json_schema as settings_schema

ACCEPT = "coditect schema --write"


def generated() -> Mapping[Path, str]:
    """Content of every schema file, by its path."""
    return {
        STACKS / "settings.schema.json": _text(settings_schema()),
        ROOT / "docs" / "plan.schema.json": _text(plan_schema()),
    }


def run(*, write: bool) -> int:
    """Compares or writes the schema files. Returns the exit code."""
    stale = False
    for path, content in generated().items():
        is_current = path.exists() and path.read_text() == content
        if write and not is_current:
            path.write_text(content)
        elif not is_current:
            stale = True
        verdict = "current" if is_current else "written" if write else "not what the model says"
        out.print(f"{path.relative_to(ROOT)}: {verdict}")
    if stale:
        err.print(f"Write them anew: `{ACCEPT}`, and commit them.")
    return Exit.FINDINGS if stale else Exit.CLEAN


def _text(schema: Mapping[str, object]) -> str:
    return json.dumps(schema, indent=2) + "\n"
