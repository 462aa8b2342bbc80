"""Words and numbers that Markdown and HTML share."""

import json
from collections import Counter
from decimal import Decimal

from coditect.report.model import CostChange, ResourceChange, StackReport

_VERBS = {
    "create": "created",
    "update": "changed",
    "replace": "replaced",
    "rename": "renamed",
    "delete": "deleted",
}
_LONGEST_VALUE = 80


def resources(stack: StackReport) -> str:
    """`2 created, 1 replaced`, or `none`."""
    counts: Counter[str] = Counter(change.action for change in stack.changes)
    return ", ".join(f"{counts[verb]} {word}" for verb, word in _VERBS.items() if counts[verb]) or "none"


def data(stack: StackReport) -> str:
    """What happens to data, in a word or two."""
    lost: Counter[str] = Counter(change.action for change in stack.dangers)
    return ", ".join(f"{lost[verb]} {_VERBS[verb]}" for verb in ("replace", "delete") if lost[verb]) or "kept"


def verb(change: ResourceChange) -> str:
    return _VERBS[change.action]


def kind(change: ResourceChange) -> str:
    """`DatabaseInstance` of `gcp:sql/databaseInstance:DatabaseInstance`."""
    return change.type.rpartition(":")[2]


def dollars(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}" if amount else "no change"


def cost(change: CostChange | None) -> str:
    """`1,798.85 → 1,900.00 (+101.15)`."""
    if change is None:
        return "not deployed"
    if change.before is None:
        return dollars(change.after)
    if not change.is_changed:
        return f"{dollars(change.after)}, no change"
    said = f"{dollars(change.before)} → {dollars(change.after)} ({signed(change.difference)})"
    if (more := change.indicated_after - change.indicated_before) != 0:
        said += f", unpriced {signed(more)}"
    return said


def policy(stack: StackReport) -> str:
    """`1 new, 2 mended`, or what stands."""
    if stack.policy is None:
        return ""
    new, mended = len(stack.policy.new), len(stack.policy.mended)
    said = ", ".join(f"{count} {word}" for count, word in ((new, "new"), (mended, "mended")) if count)
    return said or f"no change ({stack.policy.standing} stand, {stack.policy.waived} waived)"


def value(value: object) -> str:
    """A property's value on one line, cut where it is long; `nothing` where there is none."""
    if value is None:
        return "nothing"
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    written = " ".join(written.split())
    return written if len(written) <= _LONGEST_VALUE else f"{written[: _LONGEST_VALUE - 1]}…"
