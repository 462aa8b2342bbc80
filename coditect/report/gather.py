"""The report of all stacks at once: one process a core, each running programs of stacks."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from coditect.graph import configuration
from coditect.graph.inventory import Inventory
from coditect.report import revision
from coditect.report.model import Report, StackReport
from coditect.report.revision import ReportError, Revision
from policies import waivers
from policies.waivers import Waiver


def gather(against: str, stacks: Sequence[str], today: date) -> Report:
    """Reports the working tree against a revision.

    stacks: those asked for; all that either side has if none. today: the day by which waivers are judged.
    Raises ReportError for an unknown revision or stack.
    """
    former = revision.resolve(against)
    known = sorted({*configuration.stack_names(), *revision.stacks_of(former)})
    if strange := [name for name in stacks if name not in known]:
        raise ReportError(
            f"There is no stack {', '.join(strange)}, here or in {against}. There are: {', '.join(known)}."
        ).of_usage()
    wanted = [name for name in known if not stacks or name in stacks]
    inventories = {name: revision.inventory_of(former, name) for name in wanted}
    former_waivers = _waivers_of(former)
    # A fresh interpreter for each worker: a fork of one with threads may hang.
    with ProcessPoolExecutor(
        max_workers=min(len(wanted), os.cpu_count() or 1), mp_context=get_context("spawn")
    ) as workers:
        # The largest first: the last to start should be the shortest.
        order = sorted(wanted, key=lambda name: -_size(inventories[name]))
        futures = {
            name: workers.submit(
                one_stack, name, inventories[name], today, former_waivers, is_kept=revision.has_stack(name)
            )
            for name in order
        }
        reports = {name: future.result() for name, future in futures.items()}
    return Report(
        against=against,
        against_commit=former.commit,
        working_tree=revision.working_tree(),
        stacks=tuple(reports[name] for name in wanted),
    )


def one_stack(
    stack: str, before: Inventory | None, today: date, former_waivers: tuple[Waiver, ...], *, is_kept: bool
) -> StackReport:
    """Runs in a worker: Pulumi's SDKs are loaded there alone."""
    from coditect.graph import sdk

    sdk.load_lazily()
    from coditect.report.compare import report_of

    return report_of(stack, before, today, former_waivers, is_kept=is_kept)


def _size(inventory: Inventory | None) -> int:
    return len(inventory.entries) if inventory is not None else 0


def _waivers_of(former: Revision) -> tuple[Waiver, ...]:
    """The revision's own waivers: one that a change adds shows as a finding mended, one it removes as a new finding."""
    content = revision.file_of(former, waivers.FILE)
    if content is None:
        return ()
    with TemporaryDirectory() as directory:
        file = Path(directory) / waivers.FILE.name
        file.write_text(content)
        try:
            return waivers.read(file)
        except waivers.WaiverError as error:
            raise ReportError(
                f"The waivers of {former.name} cannot be read, so nobody can say which findings are new: {error} "
                "Name a revision where `coditect policy` ran."
            ) from None
