"""Growth as a picture: dollars a month over users, both logarithmic, the largest rows beside the total."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from coditect.cost.growth import Step
from coditect.cost.rows import LABELS
from coditect.drawing.svg import Point, document, label

WIDTH, HEIGHT = 944.0, 540.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 86.0, 214.0, 72.0, 64.0
_SERIES = 5
_LABEL_GAP = 17.0
_LEAST = Decimal(1)

# After Okabe and Ito: colours that people with any colour vision tell apart, 3 or more in contrast to their ground.
_STYLE = """
:root{--ground:#ffffff;--ink:#1b1f27;--soft:#596070;--grid:#dfe2e7;
--a:#0072b2;--b:#c04a00;--c:#007a5a;--d:#a8467c;--e:#7a6a00}
@media (prefers-color-scheme:dark){:root{--ground:#14171d;--ink:#eceef2;--soft:#a6adba;--grid:#333945;
--a:#56b4e9;--b:#f0883e;--c:#2fbf94;--d:#e08bbb;--e:#e6d44a}}
text{font:13px system-ui,sans-serif;fill:var(--ink)}
.title{font-size:17px;font-weight:600}.soft{fill:var(--soft)}.bold{font-weight:600}
.ground{fill:var(--ground)}.grid{stroke:var(--grid);stroke-width:1}
path{fill:none;stroke-width:2}.total{stroke:var(--ink);stroke-width:3.5}
.s0{stroke:var(--a)}.s1{stroke:var(--b)}.s2{stroke:var(--c)}.s3{stroke:var(--d)}.s4{stroke:var(--e)}
.dot{stroke:none}.dot.total{fill:var(--ink)}
.dot.s0,.t0{fill:var(--a)}.dot.s1,.t1{fill:var(--b)}.dot.s2,.t2{fill:var(--c)}.dot.s3,.t3{fill:var(--d)}.dot.s4,.t4{fill:var(--e)}
"""


@dataclass(frozen=True)
class _Axis:
    """Decades from the first to the last, on a stretch of pixels."""

    first: int
    last: int
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (log10(value) - self.first) / (self.last - self.first) * (self.end - self.start)

    @property
    def ticks(self) -> list[int]:
        return [10**power for power in range(self.first, self.last + 1)]


@dataclass(frozen=True)
class _Series:
    name: str
    values: tuple[Decimal, ...]
    style: str
    text: str


def plot(stack: str, steps: tuple[Step, ...]) -> str:
    """An SVG of at least two steps, users rising."""
    series = _series(steps)
    users = [step.users for step in steps]
    across = _axis([Decimal(count) for count in users], _LEFT, WIDTH - _RIGHT)
    up = _axis([max(v, _LEAST) for one in series for v in one.values], HEIGHT - _BOTTOM, _TOP)
    parts = [f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" class="ground"/>']
    parts.append(label(Point(_LEFT, 30), f"{stack}: cost of a month by users", "title"))
    parts.append(
        label(
            Point(_LEFT, 50),
            "US dollars, at least: what has no price is left out. Both axes logarithmic. Formulas: docs/cost.md",
            "soft",
        )
    )
    parts += _grid(across, up)
    for one in series:
        points = [(across.at(u), up.at(float(max(v, _LEAST)))) for u, v in zip(users, one.values, strict=True)]
        parts.append(f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}" class="{one.style}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="dot {one.style}"/>' for x, y in points]
    parts += _names(series, up)
    described = "; ".join(f"{step.users:,} users at least {step.bill.total:,.0f} dollars" for step in steps)
    return document(WIDTH, HEIGHT, title=f"Cost of {stack} by users", description=described, style=_STYLE, parts=parts)


def _series(steps: tuple[Step, ...]) -> list[_Series]:
    last = sorted(steps[-1].bill.rows, key=lambda row: -row.total)[:_SERIES]
    found = [_Series("Total", tuple(step.bill.total for step in steps), "total", "bold")]
    for index, row in enumerate(last):
        values = tuple(next(r.total for r in s.bill.rows if r.component == row.component) for s in steps)
        found.append(_Series(LABELS[row.component], values, f"s{index}", f"t{index}"))
    return found


def _axis(values: list[Decimal], start: float, end: float) -> _Axis:
    first, last = floor(log10(min(values))), ceil(log10(max(values)))
    return _Axis(first, max(last, first + 1), start, end)


def _grid(across: _Axis, up: _Axis) -> list[str]:
    parts = []
    for tick in up.ticks:
        y = up.at(tick)
        parts.append(f'<path d="M{across.start:g} {y:.1f}H{across.end:g}" class="grid"/>')
        parts.append(label(Point(across.start - 8, y + 4), f"${tick:,}", "soft", "end"))
    for tick in across.ticks:
        x = across.at(tick)
        parts.append(f'<path d="M{x:.1f} {up.start:g}V{up.end:g}" class="grid"/>')
        parts.append(label(Point(x, up.start + 20), f"{tick:,}", "soft", "middle"))
    parts.append(
        label(
            Point((across.start + across.end) / 2, up.start + 44),
            "users who sign in within the month",
            "soft",
            "middle",
        )
    )
    return parts


def _names(series: list[_Series], up: _Axis) -> list[str]:
    """Each line's name at its end, moved apart where they would overlap."""
    wanted = sorted(((up.at(float(max(one.values[-1], _LEAST))), one) for one in series), key=lambda pair: pair[0])
    parts, lowest = [], float("-inf")
    for y, one in wanted:
        place = max(y, lowest + _LABEL_GAP)
        lowest = place
        parts.append(label(Point(WIDTH - _RIGHT + 10, place + 4), f"{one.name} ${one.values[-1]:,.0f}", one.text))
    return parts
