"""What stands around pods: namespaces, network policies, quotas, budgets, autoscalers, charts."""

from policies.addresses import cover_the_internet
from policies.resource import View
from policies.values import Properties


class Namespace(View):
    """A namespace."""

    TYPES = ("kubernetes:core/v1:Namespace",)

    @property
    def name(self) -> str:
        return self._of.text("metadata", "name")

    @property
    def enforced_level(self) -> str:
        """The Pod Security level that admission holds every pod to."""
        return self._of.text("metadata", "labels", "pod-security.kubernetes.io/enforce")


class _Inside(View):
    @property
    def name(self) -> str:
        return self._of.text("metadata", "name")

    @property
    def namespace(self) -> str:
        return self._of.text("metadata", "namespace", default="default")


class NetworkPolicy(_Inside):
    """Which connections pods may have."""

    TYPES = ("kubernetes:networking.k8s.io/v1:NetworkPolicy",)

    @property
    def denies_everything(self) -> bool:
        """Whether it takes all pods, both directions, and lets nothing through."""
        selects_all = not self._of.exists("spec", "podSelector", "matchLabels") and not self._of.exists(
            "spec", "podSelector", "matchExpressions"
        )
        both = {"Ingress", "Egress"} <= set(self._of.texts("spec", "policyTypes"))
        return selects_all and both and not self._of.exists("spec", "ingress") and not self._of.exists("spec", "egress")

    @property
    def admits_anyone(self) -> bool:
        """Whether one of its ingress rules names no peer, or the internet."""
        return any(_is_anyone(rule.at("from")) for rule in self._of.each("spec", "ingress"))

    @property
    def reaches_anyone(self) -> bool:
        """Whether one of its egress rules names no peer, or the internet."""
        return any(_is_anyone(rule.at("to")) for rule in self._of.each("spec", "egress"))


def _is_anyone(peers: Properties) -> bool:
    blocks = [peer.at("ipBlock") for peer in peers.each() if peer.exists("ipBlock")]
    left_out = [each for block in blocks for each in block.texts("except")]
    return not peers.exists() or cover_the_internet((block.text("cidr") for block in blocks), but=left_out)


class NamePolicy(_Inside):
    """Which names of the internet pods may reach."""

    TYPES = ("kubernetes:networking.gke.io/v1alpha1:FQDNNetworkPolicy",)

    @property
    def wide_patterns(self) -> tuple[str, ...]:
        """Patterns that end in less than a registered domain: `*`, `*.com`."""
        patterns = (match.text("pattern") for rule in self._of.each("spec", "egress") for match in rule.each("matches"))
        return tuple(pattern for pattern in patterns if "*" in pattern and _fixed_labels(pattern) < _DOMAIN_LABELS)


_DOMAIN_LABELS = 2


def _fixed_labels(pattern: str) -> int:
    """How many whole labels stand after the last wildcard."""
    return pattern.rpartition("*")[2].strip(".").count(".") + 1 if pattern.rpartition("*")[2].startswith(".") else 0


class Quota(_Inside):
    """The most that a namespace may take."""

    TYPES = ("kubernetes:core/v1:ResourceQuota",)

    @property
    def ceilings(self) -> dict[str, str]:
        return self._of.words("spec", "hard")


class DisruptionBudget(_Inside):
    """How many pods may be away at once when nodes are drained."""

    TYPES = ("kubernetes:policy/v1:PodDisruptionBudget",)

    @property
    def selector(self) -> dict[str, str]:
        return self._of.words("spec", "selector", "matchLabels")

    @property
    def blocks_drains(self) -> bool:
        """Whether no pod may ever be away: nodes could then not be upgraded."""
        return self._of.text("spec", "maxUnavailable") in {"0", "0%"} or self._of.text("spec", "minAvailable") == "100%"


class Autoscaler(_Inside):
    """How many pods there are."""

    TYPES = ("kubernetes:autoscaling/v2:HorizontalPodAutoscaler",)

    @property
    def target(self) -> str:
        return self._of.text("spec", "scaleTargetRef", "name")

    @property
    def floor(self) -> float:
        return self._of.number("spec", "minReplicas") or 1

    @property
    def ceiling(self) -> float | None:
        return self._of.number("spec", "maxReplicas")


class Service(_Inside):
    """A name and port for pods."""

    TYPES = ("kubernetes:core/v1:Service",)

    @property
    def kind(self) -> str:
        return self._of.text("spec", "type", default="ClusterIP")


class Release(View):
    """A chart from elsewhere."""

    TYPES = ("kubernetes:helm.sh/v3:Release",)

    @property
    def chart(self) -> str:
        return self._of.text("chart")

    @property
    def namespace(self) -> str:
        return self._of.text("namespace")

    @property
    def is_atomic(self) -> bool:
        return self._of.flag("atomic")


class CronJob(_Inside):
    """What runs by the clock."""

    TYPES = ("kubernetes:batch/v1:CronJob",)

    @property
    def overlap(self) -> str:
        return self._of.text("spec", "concurrencyPolicy", default="Allow")
