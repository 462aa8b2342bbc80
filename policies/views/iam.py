"""Who may do what: grants on projects, accounts, keys, secrets, buckets, repositories, topics."""

from typing import ClassVar

from policies.resource import View

EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})


def administers(role: str) -> bool:
    """Whether a predefined role may change everything, of the project or of one service."""
    return role in {"roles/owner", "roles/editor"} or role.rpartition(".")[2].lower().endswith("admin")


class Grant(View):
    """A role for one member or several, on anything."""

    TYPES: ClassVar[tuple[str, ...]] = (
        "gcp:projects/iAMMember:IAMMember",
        "gcp:projects/iAMBinding:IAMBinding",
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:serviceaccount/iAMBinding:IAMBinding",
        "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
        "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding",
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        "gcp:secretmanager/secretIamBinding:SecretIamBinding",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        "gcp:storage/bucketIAMBinding:BucketIAMBinding",
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
        "gcp:pubsub/topicIAMMember:TopicIAMMember",
        "gcp:pubsub/topicIAMBinding:TopicIAMBinding",
    )

    @property
    def role(self) -> str:
        return self._of.text("role")

    @property
    def members(self) -> tuple[str, ...]:
        one = self._of.text("member")
        return (one,) if one else self._of.texts("members")

    @property
    def is_public(self) -> bool:
        return any(member in EVERYONE for member in self.members)


class ProjectGrant(Grant):
    """A role on the whole project."""

    TYPES = ("gcp:projects/iAMMember:IAMMember", "gcp:projects/iAMBinding:IAMBinding")

    @property
    def administers(self) -> bool:
        """Whether the role is one of those that may change everything, of the project or of one service."""
        return administers(self.role)

    @property
    def condition(self) -> str:
        """The expression that limits the grant; empty where it always holds."""
        return self._of.text("condition", "expression")


class KeyGrant(Grant):
    """A role on a key or a ring of keys."""

    TYPES = (
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
        "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
        "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding",
    )

    @property
    def target(self) -> str:
        """The key or ring, by its whole name: a key's name starts with its ring's."""
        return self._of.text("cryptoKeyId") or self._of.text("keyRingId")

    @property
    def target_name(self) -> str:
        return self.target.rpartition("/")[2]


class RegistryGrant(Grant):
    """A role on an image repository."""

    TYPES = (
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
    )


class SecretGrant(Grant):
    """A role on a secret."""

    TYPES = (
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        "gcp:secretmanager/secretIamBinding:SecretIamBinding",
    )

    @property
    def secret_name(self) -> str:
        return self._of.text("secretId").rpartition("/")[2]


class AccountGrant(Grant):
    """A role on a service account: who may act as it."""

    TYPES = (
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:serviceaccount/iAMBinding:IAMBinding",
    )

    @property
    def account(self) -> str:
        """The service account, as a member of other grants."""
        return f"serviceAccount:{self._of.text('serviceAccountId').rpartition('/')[2]}"

    @property
    def pods(self) -> tuple[str, ...]:
        """`namespace/name` of Kubernetes service accounts whose pods may act as it."""
        if self.role != "roles/iam.workloadIdentityUser":
            return ()
        return tuple(member.partition("[")[2].rstrip("]") for member in self.members if "[" in member)


class CustomRole(View):
    """A role of our own."""

    TYPES = ("gcp:projects/iAMCustomRole:IAMCustomRole",)

    @property
    def id(self) -> str:
        """The last part of its name: projects/…/roles/<id>."""
        return self._of.text("roleId")

    @property
    def permissions(self) -> tuple[str, ...]:
        return self._of.texts("permissions")


class AuditConfig(View):
    """Which calls of Google's interfaces are logged."""

    TYPES = ("gcp:projects/iAMAuditConfig:IAMAuditConfig",)

    @property
    def service(self) -> str:
        return self._of.text("service")

    @property
    def logged(self) -> frozenset[str]:
        return frozenset(config.text("logType") for config in self._of.each("auditLogConfigs"))

    @property
    def exempted(self) -> tuple[str, ...]:
        return tuple(m for config in self._of.each("auditLogConfigs") for m in config.texts("exemptedMembers"))


class AccountKey(View):
    """A downloadable key of a service account."""

    TYPES = ("gcp:serviceaccount/key:Key",)


class IdentityProvider(View):
    """Whom a workload identity pool believes."""

    TYPES = ("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",)

    @property
    def condition(self) -> str:
        return self._of.text("attributeCondition")

    @property
    def issuer(self) -> str:
        return self._of.text("oidc", "issuerUri")


class SignIn(View):
    """How customers sign in."""

    TYPES = ("gcp:identityplatform/config:Config",)

    @property
    def second_factor(self) -> str:
        return self._of.text("mfa", "state")

    @property
    def admits_anonymous(self) -> bool:
        return self._of.flag("signIn", "anonymous", "enabled")

    @property
    def admits_duplicate_addresses(self) -> bool:
        return self._of.flag("signIn", "allowDuplicateEmails")

    @property
    def logs_requests(self) -> bool:
        return self._of.flag("monitoring", "requestLogging", "enabled")

    @property
    def message_regions(self) -> tuple[str, ...]:
        """Countries that a text message may be sent to."""
        return self._of.texts("smsRegionConfig", "allowlistOnly", "allowedRegions")
