"""Which types of resources no rule reads: a type that nobody thought of is a finding, not a pass.

A type is read where a view has it. A type that no view has must stand in HARMLESS, with the reason. So a new kind of
grant (an IAM policy, an access list, a role binding of Kubernetes), a bare Secret, a ReplicaSet or a virtual machine
cannot come into a stack unseen: policies that know none of its properties would call the stack clean.
"""

from collections.abc import Iterator, Mapping

from policies.resource import Stack, View, Whole
from policies.views.labelled import Labelled

# Made by the engine or by the program itself: nothing of it exists in the cloud.
_OF_THE_ENGINE = ("pulumi:pulumi:", "pulumi:providers:", "coditect:")

HARMLESS: Mapping[str, str] = {
    "gcp:billing/budget:Budget": "Watches what is spent, and stops nothing.",
    "gcp:certificatemanager/certificate:Certificate": "Google makes its key and keeps it; rules read who uses it.",
    "gcp:certificatemanager/certificateMap:CertificateMap": "Says which certificate belongs to which name.",
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": "Says which certificate belongs to which name.",
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": "Proves that a name is ours.",
    "gcp:compute/address:Address": "An address; what answers at it is read.",
    "gcp:compute/globalAddress:GlobalAddress": "An address or a range; what answers at it is read.",
    "gcp:compute/backendBucket:BackendBucket": "Asks a bucket; the bucket and its readers are read.",
    "gcp:compute/healthCheck:HealthCheck": "Asks; opens nothing.",
    "gcp:compute/router:Router": "Carries the way out, which is read.",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": "Believes nobody before it has a provider, which is read.",
    "gcp:identityplatform/defaultSupportedIdpConfig:DefaultSupportedIdpConfig": "Another way to sign in as oneself.",
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": "A version of a key, which is read.",
    "gcp:kms/keyRing:KeyRing": "Holds keys; they and grants on the ring are read.",
    "gcp:monitoring/dashboard:Dashboard": "Shows; opens nothing.",
    "gcp:monitoring/notificationChannel:NotificationChannel": "Where alerts go; the alerts are read.",
    "gcp:projects/service:Service": "Lets an interface be called; what is made with it is read.",
    "gcp:projects/serviceIdentity:ServiceIdentity": "Google's own agent; what it is granted is read.",
    "gcp:serviceaccount/account:Account": "An identity without any right; what it is granted is read.",
    "gcp:servicenetworking/connection:Connection": "The private way to Google's databases, which are read.",
    "kubernetes:core/v1:ConfigMap": "Configuration in the clear; pods and where their secrets come from are read.",
    "kubernetes:core/v1:LimitRange": "What a container gets that asks for nothing.",
    "kubernetes:core/v1:ServiceAccount": "An identity without any right; roles bound to it would be unread types.",
    "kubernetes:monitoring.googleapis.com/v1:PodMonitoring": "Says which metrics are read.",
    "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass": "Names secrets; the grants on them are read.",
}


def read_types() -> frozenset[str]:
    """Types that some view reads."""
    # What is read for the bill alone is not read.
    return frozenset(type_ for view in _views(View) if view not in {Whole, Labelled} for type_ in view.TYPES)


def unread(stack: Stack) -> Iterator[tuple[str, str]]:
    """Type and name of every resource that no view reads and nobody called harmless."""
    known = read_types() | HARMLESS.keys()
    for resource in stack.resources:
        if resource.type not in known and not resource.type.startswith(_OF_THE_ENGINE):
            yield resource.type, resource.name


def _views(view: type[View]) -> Iterator[type[View]]:
    for each in view.__subclasses__():
        yield each
        yield from _views(each)
