"""Words and numbers that Markdown and HTML share."""

import json
from collections import Counter
from decimal import Decimal
from itertools import takewhile

from pydantic import JsonValue

from coditect.report.model import CostChange, CostMove, CostPart, Property, ResourceChange, StackReport

_VERBS = {
    "create": "created",
    "update": "changed",
    "replace": "replaced",
    "rename": "renamed",
    "delete": "deleted",
}
_LOSING = {"replace": "replaced", "delete": "deleted", "update": "lost in part"}
_LONGEST_VALUE = 80
_SHOWN_OF_SHARED = 20


def resources(stack: StackReport) -> str:
    """`2 created, 1 replaced`, or `none`."""
    counts: Counter[str] = Counter(change.action for change in stack.changes)
    return ", ".join(f"{counts[verb]} {word}" for verb, word in _VERBS.items() if counts[verb]) or "none"


def data(stack: StackReport) -> str:
    """What happens to data, in a few words; what Pulumi will refuse first."""
    lost: Counter[str] = Counter(change.action for change in stack.dangers if change.refusal is None)
    refused = [f"Pulumi will refuse {len(stack.refusals)}"] if stack.refusals else []
    return ", ".join(refused + [f"{lost[verb]} {word}" for verb, word in _LOSING.items() if lost[verb]]) or "kept"


def danger(change: ResourceChange) -> str:
    """What would be lost; where Pulumi will refuse, what would be once it does not."""
    if change.danger is None:
        return ""
    return f"Without protection: {change.danger}" if change.refusal else change.danger


def headline(change: ResourceChange) -> tuple[str, str]:
    """The words before and after the name of what is refused, or would be lost."""
    if change.refusal is not None:
        return f"Pulumi will refuse to {change.action}", ""
    return "", "would lose something" if change.action == "update" else f"would be {verb(change)}"


def verb(change: ResourceChange) -> str:
    return _VERBS[change.action]


def kind(change: ResourceChange) -> str:
    """`DatabaseInstance` of `gcp:sql/databaseInstance:DatabaseInstance`."""
    return change.type.rpartition(":")[2]


def dollars(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}" if amount else "no change"


def least(amount: Decimal, unpriced: int) -> str:
    """A sum; said to be the least that it can be where something beside it has no price."""
    return f"at least {dollars(amount)}" if unpriced else dollars(amount)


def cost(change: CostChange | None) -> str:
    """`at least 1,798.85 → at least 1,900.00 (+101.15)`, or `(difference unknown)`, which is no saving."""
    if change is None:
        return "not deployed"
    after = least(change.after, change.unpriced)
    if change.before is None:
        return after
    if not change.is_changed:
        return f"{after}, no change"
    if change.unknown:
        count = len(change.unknown)
        without = "1 resource has" if count == 1 else f"{count} resources have"
        by = f"difference unknown: {without} no price on a side; of the others {signed(change.known)}"
    else:
        by = signed(change.known)
    said = f"{least(change.before, change.unpriced_before)} → {after} ({by})"
    if (more := change.indicated_after - change.indicated_before) != 0:
        said += f", at us-central1's prices without a price here {signed(more)}"
    return said


def by(change: CostChange) -> str:
    """The difference alone."""
    if change.unknown:
        return "cost difference unknown"
    return signed(change.after if change.before is None else change.known)


def part(of: CostPart) -> str:
    """`351.24`, `at least 60.00`, or `unknown`."""
    if not of.unpriced:
        return dollars(of.priced)
    said = least(of.priced, of.unpriced) if of.priced else "unknown"
    return f"{said} ({dollars(of.indicated)} at us-central1's prices)" if of.indicated else said


def moved(move: CostMove) -> str:
    """By how much, or why that is unknown."""
    return f"unknown: {'; '.join(move.unknown)}" if move.difference is None else signed(move.difference)


def policy(stack: StackReport) -> str:
    """`1 new, 2 mended`, or what stands."""
    if stack.policy is None:
        return ""
    new, mended = len(stack.policy.new), len(stack.policy.mended)
    said = ", ".join(f"{count} {word}" for count, word in ((new, "new"), (mended, "mended")) if count)
    return said or f"no change ({stack.policy.standing} stand, {stack.policy.waived} waived)"


def values(change: Property) -> tuple[str, str]:
    """A property's values, before and after, on one line each; `nothing` where there is none.

    Long ones are cut, first of the beginning that they share: what differs must show.
    """
    before, after = _written(change.before), _written(change.after)
    if max(len(before), len(after)) > _LONGEST_VALUE:
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
        start = max(0, shared - _SHOWN_OF_SHARED)
        before, after = (f"…{value[start:]}" if start else value for value in (before, after))
    return _cut(before), _cut(after)


def _written(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    return " ".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"
