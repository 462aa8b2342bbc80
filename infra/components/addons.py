"""What the cluster has beside the platform: charts of other projects, each pinned to its bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes import helm

from infra.components.base import Component
from infra.settings import SettingsError
from infra.settings.traffic import Addons as AddonsSettings

VENDOR = Path(__file__).parent.parent.parent / "charts" / "vendor"

ChartValue = bool | int | str | Sequence["ChartValue"] | Mapping[str, "ChartValue"]


@dataclass(frozen=True, kw_only=True)
class RemoteChart:
    """A chart of another project.

    reference: its OCI repository. version: its tag. digest: SHA-256 of its OCI manifest.

    The digest binds: Helm (3.17 and later) fetches `repository@digest`, refuses any other content, and refuses
    a version whose tag points elsewhere.
    """

    name: str
    reference: str
    version: str
    digest: str
    values: Mapping[str, ChartValue]

    def located(self) -> str:
        """What Helm is asked for."""
        return f"{self.reference}@{self.digest}"


@dataclass(frozen=True, kw_only=True)
class ArchivedChart:
    """A chart whose project publishes it in a classic repository, where Helm compares an archive with no digest.

    So the archive is fetched once, by a person, and held to its SHA-256 here each time it is used.
    """

    name: str
    repository: str
    version: str
    sha256: str
    values: Mapping[str, ChartValue]

    def located(self, vendor: Path = VENDOR) -> str:
        """Path of the archive. Raises SettingsError when it is not there, or is not that archive."""
        archive = vendor / f"{self.name}-{self.version}.tgz"
        fetch = f"helm pull {self.name} --repo {self.repository} --version {self.version} --destination charts/vendor"
        if not archive.exists():
            raise SettingsError(
                f"The chart of {self.name} is not there, so it cannot be installed. Fetch it: {fetch}; or turn the "
                "add-on off in the settings (addons)."
            )
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != self.sha256:
            raise SettingsError(
                f"charts/vendor/{archive.name} has SHA-256 {found}, not {self.sha256}: it is not the chart that was "
                f"reviewed, and would run in the cluster. Remove it and fetch it again: {fetch}."
            )
        return str(archive)


def _size(cpu: str, memory: str, most: str) -> Mapping[str, ChartValue]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "500m", "memory": most}}


def _by_digest(digest: str) -> Mapping[str, ChartValue]:
    return {"digest": f"sha256:{digest}"}


# Digests as `helm pull` printed them for several unrelated public projects in September and October 2026, all the same
# (KubeProof's reference corpus among them). Images: their digests in public bills of materials of the same months.
CERT_MANAGER = RemoteChart(
    name="cert-manager",
    reference="oci://quay.io/jetstack/charts/cert-manager",
    version="v1.21.2",
    digest="sha256:634dce9c13b56677a2c05e2ab76c312d0be2664022d5dd05815da67e1fd5f610",
    values={
        # Kept when the release goes: with them would go every certificate.
        "crds": {"enabled": True, "keep": True},
        # By default in kube-system, where nothing of ours belongs.
        "global": {"leaderElection": {"namespace": "platform-addons"}},
        "prometheus": {"enabled": False},
        "enableServiceLinks": False,
        "image": _by_digest("70f532fd9cfde0b09d55687200942399d89838bc2d5d5b45152eb799a15912b8"),
        "resources": _size("20m", "64Mi", "256Mi"),
        "webhook": {
            "image": _by_digest("a60e2dac46dbb8a7f3df95c54ce941012f54c2fe022f0ee55aaa1ab40ed957ae"),
            "resources": _size("20m", "32Mi", "128Mi"),
        },
        "cainjector": {
            "image": _by_digest("c85268c64f2e0e76684bf5fe8906caff34b82523561c6affe0fae3546bd87562"),
            "resources": _size("20m", "64Mi", "256Mi"),
        },
        "startupapicheck": {
            "image": _by_digest("46e75b6866359ffb5d82624f41e3ed1c70b2994982702ced547ce5edb418a8f5"),
            "resources": _size("20m", "32Mi", "128Mi"),
        },
    },
)

# Metrics are collected and kept by Google's managed Prometheus. The operator is there for charts that bring monitors of
# their own, so everything else of its stack stays off: node-exporter would need the host, which is not allowed here.
PROMETHEUS_OPERATOR = RemoteChart(
    name="prometheus-operator",
    reference="oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack",
    version="91.4.1",
    digest="sha256:e1b65a9105560251ad78b2ef95ad806245e7311a989b60bdbb315c3878bc21d9",
    values={
        "crds": {"enabled": True},
        "defaultRules": {"create": False},
        **{
            part: {"enabled": False}
            for part in (
                "alertmanager",
                "coreDns",
                "grafana",
                "kubeApiServer",
                "kubeControllerManager",
                "kubeDns",
                "kubeEtcd",
                "kubeProxy",
                "kubeScheduler",
                "kubeStateMetrics",
                "kubelet",
                "nodeExporter",
                "prometheus",
                "thanosRuler",
            )
        },
        "prometheusOperator": {
            "image": {"sha": "cf153f64d6c38113fceb2cda7642365ea887f71edd7888f054e43e54cf177e55"},
            "resources": _size("50m", "128Mi", "256Mi"),
            # Its webhook would need certificates, and only checks rules that nobody writes here.
            "admissionWebhooks": {"enabled": False},
            "tls": {"enabled": False},
            # Would put a Service into kube-system.
            "kubeletService": {"enabled": False},
            "serviceMonitor": {"selfMonitor": False},
        },
    },
)

# The load balancer reaches pods without it, and its project has ended: off, unless somebody needs it for a while. No
# policy lets it reach a service until the catalogue declares such an edge. SHA-256 as several unrelated public
# projects check it (2026) after fetching that version from the project's own releases.
INGRESS_NGINX = ArchivedChart(
    name="ingress-nginx",
    repository="https://kubernetes.github.io/ingress-nginx",
    version="4.15.1",
    sha256="3eff0bd18151d6e6b1c441463410571443dda1ac78292cb189346628de784f0c",
    values={
        "controller": {
            # The one way in is the global load balancer.
            "service": {"type": "ClusterIP"},
            "admissionWebhooks": {"enabled": False},
            "resources": _size("50m", "128Mi", "256Mi"),
        }
    },
)


@dataclass(frozen=True, kw_only=True)
class AddonsArgs:
    """namespace: where they all go."""

    settings: AddonsSettings
    namespace: pulumi.Input[str]


class Addons(Component):
    """cert-manager, prometheus-operator, and ingress-nginx where the settings ask for it.

    releases: their Helm release names.
    """

    releases: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: AddonsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        charts: list[RemoteChart | ArchivedChart] = [CERT_MANAGER, PROMETHEUS_OPERATOR]
        if args.settings.ingress_nginx:
            charts.append(INGRESS_NGINX)
        installed = [
            helm.v3.Release(
                self.child(chart.name),
                name=chart.name,
                namespace=args.namespace,
                chart=chart.located(),
                version=chart.version,
                values=dict(chart.values),
                atomic=True,
                cleanup_on_fail=True,
                max_history=5,
                timeout=600,
                opts=self.under(),
            )
            for chart in charts
        ]
        self.releases = pulumi.Output.all(*(release.name for release in installed)).apply(list)
        self.finish()
