"""Writes each local chart's `values.schema.json` from its model: `python -m infra.components.chart_schemas`."""

import json
from pathlib import Path

from infra.components import agentflow, ide
from infra.components.chart_values import Values

_MODELS: dict[Path, type[Values]] = {ide.CHART: ide.IdeValues, agentflow.CHART: agentflow.AgentFlowValues}


def schemas() -> dict[Path, str]:
    """Text of each chart's schema, by the file it belongs in."""
    return {
        chart / "values.schema.json": json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)},
            indent=2,
        )
        + "\n"
        for chart, model in _MODELS.items()
    }


if __name__ == "__main__":
    for path, text in schemas().items():
        path.write_text(text)
