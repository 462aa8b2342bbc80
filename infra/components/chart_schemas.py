"""Writes what the local charts take from the program: `python -m infra.components.chart_schemas`.

Each chart's `values.schema.json` from its model, and the numbers that hold for every pod from the catalogue.
"""

import json
from pathlib import Path

from infra.catalog import running
from infra.catalog.secrets import SECRET_DIRECTORY
from infra.components import agentflow, foundationdb, ide
from infra.components.chart import CHARTS
from infra.components.chart_values import Values
from infra.components.pod_proxy import PROXY_HEALTH_PORT, PROXY_PORT

_MODELS: dict[Path, type[Values]] = {ide.CHART: ide.IdeValues, agentflow.CHART: agentflow.AgentFlowValues}

NUMBERS: dict[str, int | str] = {
    "userId": running.USER_ID,
    "drainSeconds": running.DRAIN_SECONDS,
    "graceSeconds": running.DRAIN_SECONDS + running.SHUTDOWN_SECONDS,
    "minReadySeconds": running.MIN_READY_SECONDS,
    "keptRevisions": running.KEPT_REVISIONS,
    "targetCpuPercent": running.TARGET_CPU_PERCENT,
    "scaleDownWindowSeconds": running.SCALE_DOWN_WINDOW_SECONDS,
    "scratchSize": running.SCRATCH_SIZE,
    "secretDirectory": SECRET_DIRECTORY,
    "secretDriver": running.SECRET_DRIVER,
    "secretProvider": running.SECRET_PROVIDER,
    "proxyPort": PROXY_PORT,
    "proxyHealthPort": PROXY_HEALTH_PORT,
    "foundationdbPort": foundationdb.FOUNDATIONDB_PORT,
}
"""What the templates say with `include "platform.NAME"`."""


def written() -> dict[Path, str]:
    """Text of each file that is written, by the file."""
    schemas = {chart / "values.schema.json": _schema(model) for chart, model in _MODELS.items()}
    return {**schemas, CHARTS / "shared" / "_numbers.tpl": _numbers()}


def _schema(model: type[Values]) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=2) + "\n"


def _numbers() -> str:
    head = "{{- /* Written from infra/catalog/running.py and its like: python -m infra.components.chart_schemas */}}\n"
    return head + "".join(
        f'{{{{- define "platform.{name}" -}}}}{value}{{{{- end }}}}\n' for name, value in NUMBERS.items()
    )


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text)
