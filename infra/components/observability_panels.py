"""What a dashboard is, and the JSON that Cloud Monitoring takes for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "str | int | Sequence[Json] | Mapping[str, Json]"

# A grid of two panels a row. Cloud Monitoring takes up to 48 columns.
_COLUMNS = 12
_WIDTH = 6
_HEIGHT = 4


@dataclass(frozen=True, kw_only=True)
class Line:
    """One PromQL query of a panel. label: what its legend says; "" for the labels of each series it returns."""

    query: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One chart. unit: UCUM, as Cloud Monitoring takes it (`s`, `By/s`, `10^2.%`); "1" for a plain number."""

    title: str
    lines: tuple[Line, ...]
    unit: str = "1"

    def widget(self) -> Mapping[str, Json]:
        return {
            "title": self.title,
            "xyChart": {
                "dataSets": [
                    {
                        **({"legendTemplate": line.label} if line.label else {}),
                        "plotType": "LINE",
                        "targetAxis": "Y1",
                        "timeSeriesQuery": {"prometheusQuery": line.query, "unitOverride": self.unit},
                    }
                    for line in self.lines
                ],
                "yAxis": {"scale": "LINEAR"},
            },
        }


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    name: str
    title: str
    panels: tuple[Panel, ...]

    def definition(self, prefix: str) -> Mapping[str, Json]:
        """The dashboard as the Monitoring API (v1) writes it."""
        tiles: list[Mapping[str, Json]] = []
        for number, panel in enumerate(self.panels):
            row, column = divmod(number, _COLUMNS // _WIDTH)
            # The API leaves zeros out of what it returns: written, they would be a difference for ever.
            position = {"xPos": column * _WIDTH, "yPos": row * _HEIGHT}
            tiles.append(
                {
                    **{axis: value for axis, value in position.items() if value},
                    "width": _WIDTH,
                    "height": _HEIGHT,
                    "widget": panel.widget(),
                }
            )
        return {"displayName": f"{prefix}: {self.title}", "mosaicLayout": {"columns": _COLUMNS, "tiles": tiles}}
