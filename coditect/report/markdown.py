"""The report as a pull request's comment: one table, what Pulumi will refuse, what loses data, and the rest folded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coditect.report import words
from coditect.report.model import PolicyFinding, Report, ResourceChange, StackReport

LONGEST = 60_000
"""Characters: GitHub refuses a comment of more than 65,536."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!-])")


@dataclass(frozen=True)
class _Room:
    """How much is shown of a stack: changes, properties of each, findings."""

    changes: int
    properties: int


_ROOMS = (_Room(60, 8), _Room(25, 4), _Room(10, 2), _Room(3, 1), _Room(0, 0))


def markdown(report: Report) -> str:
    """At most LONGEST characters: the more there is, the less is shown of each stack, and it says so."""
    return next((text for room in _ROOMS if len(text := _written(report, room)) <= LONGEST), _summary(report))


def _written(report: Report, room: _Room) -> str:
    parts = [_summary(report)]
    parts += [_stack(stack, report, room) for stack in report.stacks if stack.is_changed and stack.error is None]
    return "\n".join(parts)


def _summary(report: Report) -> str:
    changed = [stack for stack in report.stacks if stack.is_changed]
    lines = [
        "## What this changes",
        "",
        f"Against {_code(report.against)} ({_code(report.against_commit[:12])}), working tree "
        f"{_code(report.working_tree)}. "
        + (f"{len(changed)} of {len(report.stacks)} stacks change." if changed else "No stack changes."),
        "",
    ]
    for stack in report.stacks:
        for change in stack.refusals:
            lines += ["> [!CAUTION]", f"> {_danger(stack, change)}", ""]
    lines += [
        "| stack | resources | data | US dollars a month | findings |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(stack) for stack in report.stacks]
    for stack in report.stacks:
        if stack.problems:
            lines += ["", f"> [!CAUTION]\n> **{_plain(stack.stack)}**: {_plain('; '.join(stack.problems))}."]
        if stack.error is not None:
            lines += [f"> {_plain(stack.error)}"]
        for change in stack.dangers:
            if change.refusal is None:
                lines += ["", "> [!WARNING]", f"> {_danger(stack, change)}"]
    return "\n".join(lines) + "\n"


def _row(stack: StackReport) -> str:
    if stack.error is not None:
        return f"| {_plain(stack.stack)} | **cannot be run** | | | |"
    state = f" ({stack.state})" if stack.state != "kept" else ""
    data = words.data(stack)
    cells = (
        f"{_plain(stack.stack)}{state}",
        words.resources(stack),
        data if data == "kept" else f"**{data}**",
        words.cost(stack.cost) if stack.state != "removed" else "",
        words.policy(stack),
    )
    return f"| {' | '.join(cells)} |"


def _danger(stack: StackReport, change: ResourceChange) -> str:
    reasons = ", ".join(_code(p.path) for p in change.properties if p.forces_replacement)
    before, after = words.headline(change)
    parts = (
        f"**{_plain(stack.stack)}: {' '.join(filter(None, (before, _code(change.name), after)))}.**",
        _plain(change.refusal or ""),
        _plain(words.danger(change)),
        f"Forced by {reasons}." if reasons else "",
    )
    return " ".join(part for part in parts if part)


def _stack(stack: StackReport, report: Report, room: _Room) -> str:
    title = ", ".join(
        part
        for part in (
            words.resources(stack) if stack.changes else "",
            words.by(stack.cost) if stack.cost is not None and stack.cost.is_changed else "",
            words.policy(stack) if stack.policy is not None and (stack.policy.new or stack.policy.mended) else "",
        )
        if part
    )
    lines = ["<details>", f"<summary>{_plain(stack.stack)}: {_plain(title or stack.state)}</summary>", ""]
    lines += [line for change in stack.changes[: room.changes] for line in _change(change, room)]
    if (left := len(stack.changes) - room.changes) > 0:
        lines.append(f"- {left} more: {_code(f'coditect plan {stack.stack} --against {report.against}')}")
    for old, new in stack.renamed_without_alias.items():
        lines.append(f"- {_code(old)} looks renamed to {_code(new)}: give it an alias, or it is deleted and made anew.")
    lines += [*_cost(stack), *_policy(stack, room), "", "</details>", ""]
    return "\n".join(lines)


def _change(change: ResourceChange, room: _Room) -> Iterator[str]:
    former = f", was {_code(change.former_name)}" if change.former_name else ""
    kept = ", stays in the cloud" if change.retained else ""
    yield f"- {_code(change.name)} {words.verb(change)} ({_plain(words.kind(change))}{former}{kept})"
    for prop in change.properties[: room.properties]:
        forced = " **forces replacement**" if prop.forces_replacement else ""
        before, after = words.values(prop)
        yield f"  - {_code(prop.path)}: {_code(before)} → {_code(after)}{forced}"
    if (left := len(change.properties) - room.properties) > 0:
        yield f"  - {left} more properties"


def _cost(stack: StackReport) -> Iterator[str]:
    if stack.cost is None or not stack.cost.is_changed:
        return
    yield ""
    yield (
        f"**Cost**: {words.cost(stack.cost)} US dollars a month, budget {words.dollars(stack.cost.budget)}. "
        f"{stack.cost.unpriced} things have no price and are in no sum."
    )
    yield ""
    for move in stack.cost.moves[:10]:
        yield (
            f"- {_code(move.resource)}: {words.part(move.before)} → {words.part(move.after)} "
            f"({_plain(words.moved(move))})"
        )
    if (left := len(stack.cost.moves) - 10) > 0:
        yield f"- {left} more"


def _policy(stack: StackReport, room: _Room) -> Iterator[str]:
    if stack.policy is None:
        return
    for title, findings in (("New findings", stack.policy.new), ("Mended findings", stack.policy.mended)):
        if findings:
            yield from ("", f"**{title}**", "")
            yield from (_finding(finding, with_fix=title.startswith("New")) for finding in findings[: room.changes])
            if (left := len(findings) - room.changes) > 0:
                yield f"- {left} more: {_code(f'coditect policy {stack.stack}')}"
    if stack.policy.stale_waivers:
        yield from ("", "**Waivers expired or unused**", "")
        yield from (f"- {_code(waiver)}" for waiver in stack.policy.stale_waivers[: room.changes])


def _finding(finding: PolicyFinding, *, with_fix: bool) -> str:
    fix = f" {_plain(finding.fix)}" if with_fix else ""
    return f"- {finding.severity} {_code(finding.rule)} on {_code(finding.resource)}: {_plain(finding.message)}{fix}"


def _code(words_: str) -> str:
    """A code span that nothing in it can end, nor mention anyone."""
    text = " ".join(words_.split())
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return f"{fence}{padded}{fence}" if text else "` `"


def _plain(words_: str) -> str:
    """Text that is only text. An escaped @ would still mention someone: a space without width does not."""
    return _SPECIAL.sub(r"\\\1", " ".join(words_.split())).replace("@", "@\u200b")
