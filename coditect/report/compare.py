"""One stack's part of the report. Runs in a process of its own: takes names, returns values."""

import gc
from datetime import date
from decimal import Decimal

from coditect.cost import book, usage
from coditect.cost.bill import Bill, bill
from coditect.cost.budget import verdict
from coditect.cost.difference import Difference, Mover, Part, difference
from coditect.cost.errors import CostError
from coditect.graph import configuration
from coditect.graph.capture import capture
from coditect.graph.inventory import Inventory
from coditect.graph.model import Graph
from coditect.graph.monitor import CaptureError
from coditect.graph.restored import restored
from coditect.plan.changes import Change, compare
from coditect.policy import Result, evaluate
from coditect.report.model import (
    CostChange,
    CostMove,
    CostPart,
    PolicyChange,
    PolicyFinding,
    Property,
    ResourceChange,
    StackReport,
)
from infra import settings
from infra.catalog import CatalogError
from infra.settings import SettingsError
from policies.evaluation import Finding
from policies.waivers import Waiver, WaiverError


def report_of(
    stack: str, before: Inventory | None, today: date, former_waivers: tuple[Waiver, ...], *, is_kept: bool
) -> StackReport:
    """What changes in a stack.

    before: None for a stack that the revision does not know. is_kept: False for one that is no more.
    An error of the stack's own program becomes part of the report: the other stacks are reported all the same.
    """
    gc.disable()
    try:
        # Half the time. `coditect inventory` and the tests look at first previews.
        graph = capture(stack, previews=False) if is_kept else Graph(stack=stack, project="", nodes={})
        return compared(graph, before, today, former_waivers, is_kept=is_kept)
    except (SettingsError, CatalogError, CaptureError, CostError, WaiverError) as error:
        return StackReport(stack=stack, state="kept" if before is not None else "new", error=str(error))


def compared(
    graph: Graph, before: Inventory | None, today: date, former_waivers: tuple[Waiver, ...], *, is_kept: bool = True
) -> StackReport:
    """The same of a graph that is captured already. Empty where the stack is no more."""
    stack = graph.stack
    former = restored(before) if before is not None else None
    changes = compare(before or Inventory(stack=stack, project="", source="nothing", entries={}), Inventory.of(graph))
    return StackReport(
        stack=stack,
        state="removed" if not is_kept else "kept" if before is not None else "new",
        changes=tuple(_change(change) for change in _by_danger(changes.changes)),
        renamed_without_alias={
            old.rpartition("::")[2]: new.rpartition("::")[2] for old, new in changes.renamed_without_alias.items()
        },
        cost=_cost(graph, former) if is_kept else None,
        policy=_policy(graph, former, today, former_waivers) if is_kept else None,
    )


def _by_danger(changes: tuple[Change, ...]) -> list[Change]:
    """What Pulumi will refuse first, then what loses data, then replacements and deletions, then the rest."""
    order = ("replace", "delete", "update", "rename", "create")
    return sorted(
        changes,
        key=lambda change: (
            change.refusal is None,
            change.danger is None,
            order.index(change.action.value),
            change.key,
        ),
    )


def _change(change: Change) -> ResourceChange:
    return ResourceChange(
        action=change.action.value,
        type=change.type,
        name=change.name,
        former_name=change.former_key.rpartition("::")[2] if change.former_key is not None else None,
        properties=tuple(
            Property(path=p.path, before=p.before, after=p.after, forces_replacement=p.is_replacing)
            for p in change.properties
        ),
        danger=change.danger,
        refusal=change.refusal,
        retained=change.is_retained,
    )


def _cost(graph: Graph, former: Graph | None) -> CostChange | None:
    """Both sides at today's prices and assumptions, so that only the change itself moves the sum."""
    if not (usage.DIRECTORY / f"{graph.stack}.yaml").exists():
        return None
    prices, assumed = book.load(), usage.load(graph.stack)
    now = bill(graph, assumed, prices)
    then: Bill | None = bill(former, assumed, prices) if former is not None else None
    config = configuration.read(graph.stack, project=configuration.project_name())
    judged = verdict(now, settings.load(graph.stack, config.values).budget.monthly_usd)
    change = difference(now, then) if then is not None else Difference(movers=())
    return CostChange(
        before=then.total if then is not None else None,
        after=now.total,
        indicated_before=then.indicated if then is not None else Decimal(0),
        indicated_after=now.indicated,
        unpriced_before=len(then.gaps) if then is not None else 0,
        unpriced=len(now.gaps),
        known=change.known,
        moves=tuple(_move(mover) for mover in change.movers),
        budget=judged.budget,
        is_over_budget=judged.is_over,
        holes=judged.holes,
    )


def _move(mover: Mover) -> CostMove:
    return CostMove(
        resource=mover.name,
        before=_part(mover.before),
        after=_part(mover.after),
        difference=mover.difference,
        unknown=mover.unknown,
    )


def _part(part: Part) -> CostPart:
    return CostPart(priced=part.priced, indicated=part.indicated, unpriced=len(part.gaps))


def _policy(graph: Graph, former: Graph | None, today: date, former_waivers: tuple[Waiver, ...]) -> PolicyChange:
    now = evaluate(graph, today=today)
    then: Result | None = evaluate(former, today=today, waivers=former_waivers) if former is not None else None
    after = {_identity(finding): finding for finding in now.findings}
    before = {_identity(finding): finding for finding in then.findings} if then is not None else {}
    return PolicyChange(
        new=tuple(_finding(finding) for key, finding in after.items() if key not in before),
        mended=tuple(_finding(finding) for key, finding in before.items() if key not in after),
        standing=sum(key in before for key in after),
        waived=len(now.applied),
        stale_waivers=tuple(f"{waiver.rule} for {waiver.resource}" for waiver in (*now.expired, *now.unused)),
    )


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.rule.id, finding.resource.key, finding.message


def _finding(finding: Finding) -> PolicyFinding:
    return PolicyFinding(
        rule=finding.rule.id,
        severity=finding.rule.severity.value,
        resource=finding.resource.name,
        message=finding.message,
        fix=finding.rule.fix,
    )
