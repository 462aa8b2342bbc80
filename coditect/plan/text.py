"""The plan for eyes: what the stack is, where requests go, whether it fits, and what changed."""

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from coditect.plan.capacity import Capacity, Fit
from coditect.plan.change_text import changes_text
from coditect.plan.model import Part, Plan, RouteRow


def show(plan: Plan, console: Console) -> None:
    """Prints the plan, as wide as the console is."""
    for title, body in (
        (None, _summary(plan)),
        ("Components", _components(plan)),
        ("Routes", _routes(plan.routes)),
        ("Capacity", _capacity(plan.capacity)),
        ("Changes", changes_text(plan.changes)),
    ):
        if title is not None:
            console.print(Text(f"\n{title}", style="bold"))
        console.print(Padding(body, (0, 0, 0, 1), expand=False))


def _summary(plan: Plan) -> RenderableType:
    heading = Text.assemble(
        ("coditect plan ", "dim"), (plan.stack, "bold cyan"), ("  ·  ", "dim"), " and ".join(plan.domains)
    )
    pools = ", ".join(
        f"{pool.nodes} {pool.machine_type}{' (spot)' if pool.is_spot else ''} in {pool.zones} zones, "
        f"up to {pool.most_nodes}"
        for pool in plan.capacity.pools
    )
    pods = sum(group.count for group in plan.capacity.ours)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_row("project", f"{plan.google_project}, {plan.region}")
    table.add_row("resources", f"{plan.resources} in {plan.components} components, {plan.protected} of them protected")
    table.add_row("nodes", pools or "none")
    table.add_row("pods", str(pods))
    return Group(heading, table)


def _components(plan: Plan) -> RenderableType:
    tree = Tree(Text(f"{plan.stack}  {_kinds(plan.loose)}".rstrip()), guide_style="dim", hide_root=not plan.loose)
    for part in plan.parts:
        _grow(tree, part)
    return tree


def _grow(tree: Tree, part: Part) -> None:
    name = part.name if part.name.replace("-", "") == part.type.lower() else f"{part.name} ({part.type})"
    label = Text.assemble((name, "bold"), ("  "), (str(part.count), "cyan"), ("  "), (_kinds(part.types), "dim"))
    branch = tree.add(label)
    for child in part.parts:
        _grow(branch, child)


def _kinds(types: Mapping[str, int]) -> str:
    """`3 Firewall, Network`: most numerous first, with the module where two types have one name."""
    short = Counter(type_.rpartition(":")[2] for type_ in types)
    named = [
        (count, type_.rpartition(":")[2] if short[type_.rpartition(":")[2]] == 1 else _with_module(type_))
        for type_, count in types.items()
    ]
    named.sort(key=lambda pair: (-pair[0], pair[1]))
    return ", ".join(f"{count} {kind}" if count > 1 else kind for count, kind in named)


def _with_module(type_: str) -> str:
    """`projects.IAMMember` of `gcp:projects/iAMMember:IAMMember`."""
    _, module, name = type_.split(":")
    return f"{module.partition('/')[0]}.{name}"


def _routes(rows: tuple[RouteRow, ...]) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("host", "path", "service", "port", "pods"):
        table.add_column(column, justify="right" if column in {"port", "pods"} else "left", overflow="fold")
    previous = None
    for row in rows:
        host = Text(row.host, style="bold" if row.host != previous else "dim")
        previous = row.host
        if row.problem is not None:
            table.add_row(host, row.path, Text(f"{row.service}: {row.problem}", style="bold red"), str(row.port), "")
        else:
            table.add_row(host, row.path, f"{row.namespace}/{row.service}", str(row.container_port), str(row.pods))
    return table


def _capacity(capacity: Capacity) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("nodes", "CPU requested", "of", "memory requested", "of", "fits"):
        table.add_column(column, justify="right")
    for name, fit in (
        ("whole", capacity.whole),
        ("one zone lost", capacity.one_zone_lost),
        ("one zone lost, autoscaled", capacity.one_zone_lost_grown),
    ):
        table.add_row(
            name,
            str(fit.nodes),
            _cores(fit.requested.cpu_m),
            _cores(fit.offered.cpu_m),
            _gib(fit.requested.memory_mib),
            _gib(fit.offered.memory_mib),
            Text("yes", style="green") if fit.fits else Text("no", style="bold red"),
        )
    return Group(table, *_capacity_remarks(capacity))


def _capacity_remarks(capacity: Capacity) -> Iterator[RenderableType]:
    if not capacity.whole.fits:
        yield Text(f"The pods do not fit the declared nodes: {_lack(capacity.whole)} missing.", style="bold red")
    if not capacity.one_zone_lost.fits:
        grown = capacity.one_zone_lost_grown
        then = (
            f"the autoscaler adds nodes in the zones that stay, up to {grown.nodes} in all, and then they fit."
            if grown.fits
            else f"even all {grown.nodes} nodes that the autoscaler may have lack {_lack(grown)}."
        )
        yield Text(
            f"With one zone lost {_lack(capacity.one_zone_lost)} are missing until {then}",
            style="yellow" if grown.fits else "bold red",
        )
    if capacity.unmeasured_charts:
        yield Text(
            f"Not in these sums: pods of {', '.join(capacity.unmeasured_charts)}, whose values name no requests.",
            style="yellow",
        )
    yield Text("Google's own pods are included; sources of all figures: coditect/plan/capacity.py.", style="dim")


def _lack(fit: Fit) -> str:
    lacking = fit.lacking
    parts = [_cores(lacking.cpu_m)] if lacking.cpu_m else []
    parts += [_gib(lacking.memory_mib)] if lacking.memory_mib else []
    return " and ".join(parts)


def _cores(thousandths: int) -> str:
    return f"{thousandths / 1000:.2f} cores"


def _gib(mebibytes: int) -> str:
    return f"{mebibytes / 1024:.1f} GiB"
