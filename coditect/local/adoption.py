"""A graph that changed while its platform runs: what differs is started again, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

from coditect.local.declared import Deployed
from coditect.local.edge.declared import Edge
from coditect.local.launch import Launch
from coditect.local.platform import DEMONSTRATION, EDGE, Platform
from coditect.local.process import StartError
from coditect.local.stores import make_signing_versions, prepare_databases
from coditect.local.unit import Unit
from explained import ExplainedError


def adopt(platform: Platform, deployed: Deployed, edge: Edge, *, said: Callable[[str], None]) -> None:
    """Run what is declared now; what does not start is said, and tried again.

    Raises StartError when the database, a migration or the edge fails. Before the edge, nothing has changed then.
    """
    with platform.moving:
        if _waiting(deployed) != _waiting(platform.deployed):
            said("what keeps data is declared otherwise: that takes effect at the next `coditect up`")
        before = platform.launches()
        former = platform.deployed, platform.proxy.edge
        _declare(platform, deployed, edge)
        try:
            after = platform.launches()
            versions = make_signing_versions(deployed, platform.layout)
            for version in versions:
                said(f"{version} is made: it is published within a minute, and signs once it is two minutes old")
            has_other_databases = deployed.database != former[0].database
            if before == after and edge == former[1] and not has_other_databases:
                if not versions:
                    said("nothing that runs here is declared otherwise")
                return
            if has_other_databases:
                prepare_databases(platform.stores, deployed, platform.store)
            platform.migrate()
        except (ExplainedError, OSError):
            _declare(platform, *former)
            raise
        _forget_problems(platform)
        changed = _changed_pods(before, after)
        gone = [name for name, launch in before.items() if launch.pod.name in changed]
        for name in gone:
            said(f"{name} is declared otherwise" if name in after else f"{name} is declared no more")
            platform.explaining.pop(name, None)
            platform.units.pop(name).end()
        fresh = [unit for pod in platform.standing() if pod.name in changed for unit in platform.begin_pod(pod)]
        failed = [unit.name for unit in fresh if not _is_ready(unit)]
        if edge != former[1]:
            said("the edge is declared otherwise: it starts again, and refuses connections meanwhile")
            platform.units[EDGE].end()
            platform.proxy.write()
            platform.units[EDGE].begin()
            platform.units[EDGE].wait_ready()
        platform.send_requests()
        but = f", but {', '.join(failed)} does not serve" if failed else ""
        said(f"{len(fresh)} processes started, {len(gone)} ended{but}")


def _declare(platform: Platform, deployed: Deployed, edge: Edge) -> None:
    """Together: whoever looks at the edge's routes looks for the pods behind them."""
    platform.deployed = deployed
    platform.proxy.edge = edge
    platform.world = replace(platform.world, hosts=edge.hosts)


def _forget_problems(platform: Platform) -> None:
    """Forget what failed of jobs and services that are declared no more."""
    declared = {name for pod in platform.deployed.pods for name in (pod.name, pod.service)}
    for name in platform.unfinished.keys() - declared - {DEMONSTRATION}:
        platform.unfinished.pop(name, None)


def _changed_pods(before: dict[str, Launch], after: dict[str, Launch]) -> set[str]:
    """Names of pods of which any replica is new, gone or started otherwise."""
    replicas = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return {launches[name].pod.name for launches in (before, after) for name in replicas if name in launches}


def _is_ready(unit: Unit) -> bool:
    try:
        unit.wait_ready()
    except StartError:
        return False
    return True


def _waiting(deployed: Deployed) -> tuple[object, ...]:
    """What running stores cannot take: all but databases and logins."""
    return replace(deployed.database, databases=(), users=(), owners=frozenset()), deployed.cache
