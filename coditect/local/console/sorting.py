"""Rows in the order that an address asks for: `?sort=memory` rises, `?sort=-memory` falls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """What rows are sorted by. value: None stands last, whatever the order. is_falling_first: how its link begins."""

    value: Callable[[Row], Any]
    is_falling_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """How a page's rows are sorted. asked: as an address has it. links: for each column, where it is sorted by that."""

    asked: str
    links: Mapping[str, str]

    def direction(self, name: str) -> str:
        """As `aria-sort` has it; empty for a column that rows are not sorted by."""
        return {name: "ascending", f"-{name}": "descending"}.get(self.asked, "")


def by_address(
    request: web.Request,
    rows: Sequence[Row],
    columns: Mapping[str, Column[Row]],
    *,
    default: str = "",
    anchor: str = "",
) -> tuple[list[Row], Sorting]:
    """Sort as the address asks, and as `default` where it names no column; with neither, rows stay as they are.

    Links keep whatever else the address holds. anchor: the element of the page that they lead to.
    """
    asked = request.query.get("sort", "")
    asked = asked if asked.removeprefix("-") in columns else default
    links = {}
    for name, column in columns.items():
        ways = [f"-{name}", name] if column.is_falling_first else [name, f"-{name}"]
        way = ways[1] if asked == ways[0] else ways[0]
        links[name] = str(request.rel_url.update_query(sort=way).with_fragment(anchor or None))
    return _sorted(rows, columns, asked), Sorting(asked=asked, links=links)


def _sorted(rows: Sequence[Row], columns: Mapping[str, Column[Row]], asked: str) -> list[Row]:
    if not asked:
        return list(rows)
    value = columns[asked.removeprefix("-")].value
    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    return [*sorted(known, key=value, reverse=asked.startswith("-")), *unknown]
