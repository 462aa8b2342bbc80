"""A graph that changed while its platform runs: what differs is started again, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

from coditect.local.declared import Deployed
from coditect.local.edge.declared import Edge
from coditect.local.launch import Launch
from coditect.local.platform import EDGE, Platform
from coditect.local.process import StartError
from coditect.local.stores import make_signing_versions
from coditect.local.unit import Unit


def adopt(platform: Platform, deployed: Deployed, edge: Edge, *, said: Callable[[str], None]) -> None:
    """Run what is declared now; what does not start is said, and tried again.

    Raises StartError when a migration or the edge fails.
    """
    with platform.moving:
        if _stores_of(deployed) != _stores_of(platform.deployed):
            said("what keeps data is declared otherwise: that takes effect at the next `coditect up`")
        before = platform.launches()
        platform.deployed = deployed
        platform.world = replace(platform.world, hosts=edge.hosts)
        after = platform.launches()
        versions = make_signing_versions(deployed, platform.layout)
        for version in versions:
            said(f"{version} is made: it is published within a minute, and signs once it is two minutes old")
        if before == after and edge == platform.proxy.edge:
            if not versions:
                said("nothing that runs here is declared otherwise")
            return
        platform.migrate()
        changed = _changed_pods(before, after)
        gone = [name for name, launch in before.items() if launch.pod.name in changed]
        for name in gone:
            said(f"{name} is declared otherwise" if name in after else f"{name} is declared no more")
            platform.units.pop(name).end()
        fresh = [unit for pod in platform.standing() if pod.name in changed for unit in platform.begin_pod(pod)]
        failed = [unit.name for unit in fresh if not _is_ready(unit)]
        if edge != platform.proxy.edge:
            said("the edge is declared otherwise: it starts again, and refuses connections meanwhile")
            platform.units[EDGE].end()
            platform.proxy.edge = edge
            platform.proxy.write()
            platform.units[EDGE].begin()
            platform.units[EDGE].wait_ready()
        platform.send_requests()
        but = f", but {', '.join(failed)} does not serve" if failed else ""
        said(f"{len(fresh)} processes started, {len(gone)} ended{but}")


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


def _stores_of(deployed: Deployed) -> tuple[object, ...]:
    return deployed.database, deployed.cache
