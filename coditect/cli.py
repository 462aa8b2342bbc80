"""`coditect`: what CODITECT's cloud is, how it changes, and whether it was reviewed. Needs no credentials."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

if sys.dont_write_bytecode:
    # Compiling Pulumi's SDK anew is a third of a command's time. Who wants no bytecode wants none beside the sources:
    # it goes where the other caches are.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).resolve().parent.parent / ".cache" / "python")

import typer

app = typer.Typer(
    name="coditect",
    help="CODITECT's cloud as one program: see it, compare it, accept it. No credentials needed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class WhatIf(StrEnum):
    """Levers of `coditect cost`. Written here too: `--help` must not wait for what prices them."""

    ONE_YEAR = "cud-1y"
    THREE_YEARS = "cud-3y"
    SPOT = "spot"
    RIGHT_SIZE = "right-size"


class Replicas(StrEnum):
    """Of `coditect up`."""

    ONE = "one"
    DECLARED = "declared"


Stack = Annotated[str, typer.Argument(metavar="STACK", help="dev, staging, prod, dr or local.")]


@app.command()
def plan(
    stack: Stack,
    json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/plan-format.md) instead of text.")] = False,
    against: Annotated[
        str | None,
        typer.Option(metavar="REV|FILE", help="Compare with a Git revision or a file, not with the working tree."),
    ] = None,
    detailed_exitcode: Annotated[
        bool,
        typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes."),
    ] = False,
) -> None:
    """Show a stack, and what changed in it.

    Runs the stack's program without a cloud, and compares it with the reviewed inventory in stacks/inventory.
    Exits with 0, or with 1 when the program cannot be run.
    """
    from coditect.plan.command import run

    raise typer.Exit(run(stack, as_json=json, against=against, detailed_exitcode=detailed_exitcode))


@app.command()
def graph(
    stack: Stack,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw components and the path of a request.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print every resource with its inputs as JSON.")] = False,
) -> None:
    """Draw a stack, or print all its resources."""
    if svg is None and not json:
        raise typer.BadParameter("say what you want: --svg FILE for a picture, --json for all resources.")
    from coditect.graph.command import run

    run(stack, svg=svg, as_json=json)


@app.command()
def inventory(
    stacks: Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Which stacks; all if none.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Accept the program: write its inventory.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare: the default.")] = False,
) -> None:
    """Check or accept the reviewed inventories.

    They stand in stacks/inventory, and a pull request shows how they change. Exits with 1 on a difference.
    """
    if write and check:
        raise typer.BadParameter("--write and --check exclude each other.")
    from coditect.graph.inventory_command import run

    raise typer.Exit(run(tuple(stacks or ()), write=write))


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write the schemas.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare: the default.")] = False,
) -> None:
    """Check or write the JSON Schemas.

    Of a stack's settings, and of `plan --json`. Exits with 1 on a difference.
    """
    if write and check:
        raise typer.BadParameter("--write and --check exclude each other.")
    from coditect.schemas import run

    raise typer.Exit(run(write=write))


@app.command()
def release(
    stack: Stack,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A service of ours, or an image from elsewhere.")],
    digest: Annotated[str, typer.Argument(metavar="sha256:...", help="The digest that the registry prints.")],
    activate: Annotated[bool, typer.Option("--activate", help="Also send traffic there.")] = False,
) -> None:
    """Write an image digest into a stack's releases.

    Of a service of ours it goes to the colour that takes no traffic.
    """
    from coditect.console import out
    from coditect.release import release as write_release

    written = write_release(stack=stack, name=name, digest=digest, activate=activate)
    where = f" ({written.colour}, {'active' if written.is_active else 'takes no traffic'})" if written.colour else ""
    out.print(f"stacks/releases/{written.stack}.yaml: {written.name}{where}")


@app.command()
def cost(
    stack: Stack,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text; amounts are strings.")] = False,
    against: Annotated[
        str | None, typer.Option(metavar="REV|FILE", help="Also compare with a Git revision or an inventory file.")
    ] = None,
    what_if: Annotated[
        list[WhatIf] | None, typer.Option("--what-if", help="Also price a lever; may be given several times.")
    ] = None,
    users: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Also price growth: numbers of users, rising.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the growth (needs --users).")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Also print every priced line with its source.")] = False,
) -> None:
    """Price a stack, by the rows of the specification.

    From a price book with sources and dates, and usage assumptions in stacks/usage. Exits with 1 over the budget.
    """
    from coditect.cost.command import counts_of, run

    counts = counts_of(users) if users is not None else ()
    if svg is not None and len(counts) < 2:
        raise typer.BadParameter("--svg draws growth: give at least two numbers with --users, as in 100,1000,10000.")
    raise typer.Exit(
        run(
            stack,
            as_json=json,
            against=against,
            what_if=tuple(lever.value for lever in what_if or ()),
            users=counts,
            svg=svg,
            with_lines=lines,
        )
    )


class ReportForm(StrEnum):
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command()
def report(
    against: Annotated[str, typer.Option(metavar="REV", help="The Git revision to compare with, as in main.")],
    stack: Annotated[
        list[str] | None, typer.Option("--stack", metavar="STACK", help="Only this stack; may be given several times.")
    ] = None,
    form: Annotated[
        ReportForm, typer.Option("--format", help="Markdown is a pull request's comment.")
    ] = ReportForm.MARKDOWN,
) -> None:
    """Report what the working tree changes in all stacks.

    Infrastructure, data that would be lost first; cost; new and mended policy findings. Exits with 1 where a stack
    cannot be run, is over its budget, or has a new mandatory finding.
    """
    from coditect.report.command import run

    raise typer.Exit(run(against, stacks=tuple(stack or ()), form=form.value))


@app.command()
def policy(
    stack: Annotated[str | None, typer.Argument(metavar="STACK", help="dev, staging, prod, dr or local.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    pack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only one pack: security, soc2, gdpr, pci, cost or reliability."),
    ] = None,
    first_preview: Annotated[
        bool, typer.Option("--first-preview", help="Take what only a deployment computes as unknown.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Judge waivers by this day; today if not given."),
    ] = None,
    docs: Annotated[bool, typer.Option("--docs", help="Check docs/policies.md instead of a stack.")] = False,
    write: Annotated[bool, typer.Option("--write", help="With --docs: write it.")] = False,
) -> None:
    """Check a stack against the rules of policies/.

    Prints what is wrong, most severe first, and how to mend it. Exits with 1 on a mandatory finding, and on a waiver
    that has expired or that nothing needs.
    """
    if docs == (stack is not None):
        raise typer.BadParameter("say what you want: a STACK to check, or --docs for the page about the rules.")
    from coditect.policy.command import run, write_reference

    if stack is None:
        raise typer.Exit(write_reference(write=write))
    day = on.date() if on is not None else None
    raise typer.Exit(run(stack, as_json=json, pack=pack, as_first_preview=first_preview, today=day))


@app.command()
def evidence(
    stack: Stack,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where STACK.html and STACK.json are written.")],
) -> None:
    """Write compliance evidence that an auditor can read alone.

    Every SOC 2, GDPR, PCI DSS and CIS control that the platform claims: the rules behind it, the resources looked at,
    results, waivers, and what is not covered. Exits with 1 where mandatory findings stand.
    """
    from coditect.evidence.command import run

    raise typer.Exit(run(stack, directory=out))


StateDirectory = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Where the platform keeps its state.", show_default=".local"),
]


@app.command()
def up(
    stack: Annotated[str, typer.Option("--stack", metavar="STACK", help="Which stack to run.")] = "local",
    replicas: Annotated[Replicas, typer.Option("--replicas", help="One of each pod, or as many as declared.")] = (
        Replicas.ONE
    ),
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SERVICE", help="Start this service alone; several times.")
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Run applications anew when their code changes.")] = False,
    state: StateDirectory = None,
) -> None:
    """Run the declared platform on this machine, until Ctrl-C.

    Everything is started as the stack's program declares it: routes, certificates, secrets, databases, processes.
    """
    from coditect.local.command import up as run

    raise typer.Exit(
        run(
            stack,
            state=state,
            declared_replicas=replicas is Replicas.DECLARED,
            only=frozenset(only or ()),
            reloads=reload,
        )
    )


@app.command()
def down(state: StateDirectory = None) -> None:
    """End everything that `up` started, even when its supervisor is gone."""
    from coditect.local.command import down as run

    raise typer.Exit(run(state=state))


@app.command()
def status(
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    state: StateDirectory = None,
) -> None:
    """Show every process and address. Exits with 1 unless all are ready."""
    from coditect.local.command import show_status

    raise typer.Exit(show_status(state=state, as_json=json))


@app.command()
def reset(state: StateDirectory = None) -> None:
    """End everything, and delete databases, secrets and certificates of this machine's platform."""
    from coditect.local.command import reset as run

    raise typer.Exit(run(state=state))


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="A process; all if none.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of each process to begin with.")] = 20,
    state: StateDirectory = None,
) -> None:
    """Print the logs of the running platform."""
    from coditect.local.inspection import logs as run

    raise typer.Exit(run(service, state=state, is_following=follow, lines=lines))


@app.command(name="exec", context_settings={"ignore_unknown_options": True})
def execute(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service of ours, as in license-backend.")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="What to run there.")],
    state: StateDirectory = None,
) -> None:
    """Run a command with a service's environment and secrets, as beside it in its pod."""
    from coditect.local.inspection import execute as run

    raise typer.Exit(run(service, command, state=state))


@app.command(name="open")
def open_site(state: StateDirectory = None) -> None:
    """Open the running site in a browser."""
    from coditect.local.inspection import open_site as run

    raise typer.Exit(run(state=state))


@app.command()
def promote(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service with two colours.")],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a variable of the new colour; several times."),
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Start a service's other colour, and send it the requests once it is ready.

    Nothing moves when it does not become ready.
    """
    pairs = [pair.partition("=") for pair in change or ()]
    if any(not sign for _, sign, _ in pairs):
        raise typer.BadParameter("write --set NAME=VALUE.")
    from coditect.local.inspection import promote as run

    raise typer.Exit(run(service, {name: value for name, _, value in pairs}, state=state))


@app.command(name="run-job")
def run_job(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A declared Job or CronJob, or how its name begins.")],
    state: StateDirectory = None,
) -> None:
    """Run a declared job of the running platform now."""
    from coditect.local.inspection import run_job as run

    raise typer.Exit(run(name, state=state))


class FaultKind(StrEnum):
    """Of `coditect chaos`."""

    KILL = "kill"
    PAUSE = "pause"
    SLOW = "slow"
    PARTITION = "partition"


@app.command()
def chaos(
    fault: Annotated[FaultKind, typer.Argument(help="What to do.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A process of `coditect status`, or a service.")],
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long, but for kill.")] = 10,
    state: StateDirectory = None,
) -> None:
    """Break a process of the running platform on purpose, and see it recover."""
    from coditect.local.inspection import chaos as run

    raise typer.Exit(run(fault.value, service, seconds=seconds, state=state))


@app.command()
def top(
    once: Annotated[bool, typer.Option("--once", help="Print one view and end.")] = False,
    state: StateDirectory = None,
) -> None:
    """Show requests a second, latencies, errors, seats and queues, live."""
    from coditect.local.inspection import top as run

    raise typer.Exit(run(state=state, is_once=once))


@app.command()
def metrics(
    process: Annotated[
        str | None, typer.Argument(metavar="[PROCESS]", help="As `status` names it; all if none.")
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Print every process's metrics, in the text format of Prometheus."""
    from coditect.local.inspection import metrics as run

    raise typer.Exit(run(process, state=state))


def main() -> None:
    """Entry of the console script. What a user can mend is one paragraph on standard error; the rest is a defect."""
    try:
        app()
    except Exception as error:
        if not _is_explained(error):
            raise
        from coditect.console import err

        err.print(f"[bold red]error[/] {_escaped(error)}", soft_wrap=True)
        sys.exit(1)


# Errors written for whoever runs the command. By name: importing what defines them is what may have failed, and
# `--help` must not wait for Pulumi.
_EXPLAINED = frozenset(
    {
        "BrokenPath",
        "CaptureError",
        "CatalogError",
        "ControlError",
        "CostError",
        "EvaluationError",
        "GraphError",
        "InventoryError",
        "NotDeclared",
        "NotRunning",
        "PackError",
        "ReleaseError",
        "ReportError",
        "SettingsError",
        "WaiverError",
    }
)


def _is_explained(error: Exception) -> bool:
    kind = type(error)
    return kind.__name__ in _EXPLAINED and kind.__module__.split(".")[0] in {"coditect", "infra", "policies"}


def _escaped(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error))


if __name__ == "__main__":
    main()
