"""How much a namespace may hold: enough for every service at its ceiling in both colours, and no more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.catalog import Catalog
from infra.catalog.names import Namespace, Need
from infra.catalog.services import Resources, Service
from infra.components import foundationdb
from infra.components.pod_proxy import PROXY_RESOURCES

# cert-manager's three pods, the operator, and twice that while they are replaced.
_ADDON_PODS = 12
_ADDON = Resources(cpu_request_m=100, cpu_limit_m=500, memory_request_mib=128, memory_limit_mib=512)
_FOUNDATIONDB_PODS = 5


@dataclass(frozen=True, kw_only=True)
class PodSet:
    """So many pods, each with these containers."""

    pods: int
    containers: tuple[Resources, ...]


def hard_limits(catalog: Catalog, namespace: Namespace) -> Mapping[str, str]:
    """The `hard` of a namespace's ResourceQuota, in Kubernetes' own units.

    Load balancers and node ports are refused altogether: the platform has one way in.
    """
    sets = tuple(_pod_sets(catalog, namespace))
    volumes = sum(service.max_replicas for service in catalog.services_in(namespace) if service.stateful)
    if namespace is Namespace.IDE:
        # One more for the volume that a backup is written to before it is uploaded.
        volumes += _FOUNDATIONDB_PODS + 1

    def total(size: str) -> int:
        return sum(each.pods * sum(int(getattr(c, size)) for c in each.containers) for each in sets)

    return {
        "requests.cpu": f"{total('cpu_request_m')}m",
        "requests.memory": f"{total('memory_request_mib')}Mi",
        "limits.cpu": f"{total('cpu_limit_m')}m",
        "limits.memory": f"{total('memory_limit_mib')}Mi",
        "pods": str(sum(each.pods for each in sets)),
        "persistentvolumeclaims": str(volumes),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def _pod_sets(catalog: Catalog, namespace: Namespace) -> Iterable[PodSet]:
    for service in catalog.services_in(namespace):
        yield from _sets_of(service)
    if namespace is Namespace.IDE:
        yield PodSet(pods=_FOUNDATIONDB_PODS, containers=(foundationdb.SERVER_RESOURCES,))
        yield PodSet(pods=2, containers=(foundationdb.BACKUP_RESOURCES,))
        yield PodSet(pods=2, containers=(foundationdb.TOOL_RESOURCES,))
    if namespace is Namespace.ADDONS:
        yield PodSet(pods=_ADDON_PODS, containers=(_ADDON,))


def _sets_of(service: Service) -> Iterable[PodSet]:
    proxy = (PROXY_RESOURCES,) if Need.DATABASE in service.needs else ()
    # Both colours stand at once while traffic moves, and a roll-out adds one.
    yield PodSet(pods=2 * service.max_replicas + 1, containers=(service.resources, *proxy))
    for process in service.processes:
        yield PodSet(pods=2 * process.replicas, containers=(process.resources, *proxy))
    if service.migration is not None:
        # A release's Job and the one before it, each tried up to three times.
        yield PodSet(pods=2, containers=(service.migration.resources, *proxy))
    for task in service.cron_tasks:
        yield PodSet(pods=2, containers=(task.resources, *proxy))
