"""Google APIs that the program needs enabled, and which of them before which."""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

GOOGLE_APIS: tuple[str, ...] = (
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "binaryauthorization.googleapis.com",
    "certificatemanager.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "containersecurity.googleapis.com",
    "dns.googleapis.com",
    "gkebackup.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "identitytoolkit.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "redis.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "serviceusage.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
)

# One after the other, and before all others. The provider looks the project up (Cloud Resource Manager) each time it
# has read or enabled a service (Service Usage), and every other service has accounts and roles (IAM). Where either of
# the first two is off, the program can enable not even them: a person does that once, by hand.
_FIRST = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com", "iam.googleapis.com")

# What a service builds on. Google enables that with it ("Enabling and disabling services": dependencies), and refuses
# two changes of one service at once; so each is asked for when what it builds on stands.
_BUILDS_ON: Mapping[str, tuple[str, ...]] = {
    "binaryauthorization.googleapis.com": ("container.googleapis.com", "containeranalysis.googleapis.com"),
    "certificatemanager.googleapis.com": ("compute.googleapis.com",),
    "container.googleapis.com": ("compute.googleapis.com",),
    "containerscanning.googleapis.com": ("artifactregistry.googleapis.com", "containeranalysis.googleapis.com"),
    "containersecurity.googleapis.com": ("container.googleapis.com",),
    "dns.googleapis.com": ("compute.googleapis.com",),
    "gkebackup.googleapis.com": ("container.googleapis.com",),
    "redis.googleapis.com": ("servicenetworking.googleapis.com",),
    "servicenetworking.googleapis.com": ("compute.googleapis.com",),
    "sqladmin.googleapis.com": ("servicenetworking.googleapis.com",),
}


def enabled_before(api: str) -> tuple[str, ...]:
    """APIs that are enabled before another one is, by name."""
    return _FIRST[: _FIRST.index(api)] if api in _FIRST else (*_FIRST, *_BUILDS_ON.get(api, ()))


def in_order(apis: Sequence[str]) -> tuple[str, ...]:
    """The same APIs, each after those that are enabled before it."""
    asked_for = {api: [before for before in enabled_before(api) if before in apis] for api in apis}
    return tuple(TopologicalSorter(asked_for).static_order())
