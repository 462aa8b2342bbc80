"""Keys that encrypt what Google stores for us, and the leave of Google's service agents to use them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component, known_after
from infra.components.service_agents import KEY_USER_ROLE, MADE_ON_REQUEST, ROLES, Agent
from infra.settings import SettingsError

# CIS GCP 1.10: at most 90 days.
_ROTATION_SECONDS = 90 * 24 * 3600
# How long a key version that was ordered destroyed can still be called back: Cloud KMS takes 1 to 120 days.
_DESTRUCTION_SECONDS = 30 * 24 * 3600


class Use(StrEnum):
    """What a key encrypts."""

    DATABASE = "database"
    CLUSTER = "cluster"
    DISK = "disk"
    REGISTRY = "registry"
    STORAGE = "storage"
    TOPIC = "topic"
    SECRET = "secret"  # noqa: S105 - what a key is for
    CACHE = "cache"


# Who may use a key: nobody else may.
_USERS: Mapping[Use, tuple[Agent, ...]] = {
    Use.DATABASE: (Agent.CLOUD_SQL,),
    Use.CLUSTER: (Agent.KUBERNETES,),
    Use.DISK: (Agent.COMPUTE, Agent.KUBERNETES),
    Use.REGISTRY: (Agent.ARTIFACT_REGISTRY,),
    Use.STORAGE: (Agent.STORAGE, Agent.BACKUP_FOR_GKE),
    Use.TOPIC: (Agent.PUBSUB,),
    Use.SECRET: (Agent.SECRET_MANAGER,),
    Use.CACHE: (Agent.MEMORYSTORE,),
}


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """What a set of keys needs to know.

    project_number: part of the names of Google's service agents.
    location: a Cloud KMS location. It must be that of what the keys encrypt, and can never be changed.
    protect: whether deleting a key is refused. What it encrypts is lost with it.
    uses: what there is to encrypt in that location.
    introduces_agents: whether Google's agents get their own role on the project here. Exactly one set of keys of a
        project does: whoever takes down another (a standby) must not take the role away from those that go on.
    """

    prefix: str
    project_id: str
    project_number: int
    location: str
    protect: bool
    uses: tuple[Use, ...] = tuple(Use)
    introduces_agents: bool = True

    def __post_init__(self) -> None:
        if self.project_number <= 0:
            raise SettingsError(
                f"project_number is {self.project_number}: Google's service agents would be named wrongly, could not "
                "use the keys, and creating the database would fail. Write what `gcloud projects describe` says."
            )


class Encryption(Component):
    """Symmetric software keys of one location, rotated every 90 days.

    keys: by use, each key's id (projects/…/cryptoKeys/…), known only once its users have been let in: whoever takes it
    is created after that.
    """

    keys: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: EncryptionArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        # A key ring can never be deleted: Google keeps its name for ever.
        self._ring = gcp.kms.KeyRing(
            self.child("ring"),
            name=_ring_name(args.prefix),
            project=args.project_id,
            location=args.location,
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=True)),
        )
        self._roles: dict[Agent, pulumi.Resource] = {}
        members = self._members(frozenset(agent for use in args.uses for agent in _USERS[use]))
        self.keys = {use.value: self._key(use, members) for use in args.uses}
        self.finish()

    @property
    def database_key(self) -> pulumi.Output[str]:
        return self._id(Use.DATABASE)

    @property
    def cluster_key(self) -> pulumi.Output[str]:
        return self._id(Use.CLUSTER)

    @property
    def disk_key(self) -> pulumi.Output[str]:
        return self._id(Use.DISK)

    @property
    def registry_key(self) -> pulumi.Output[str]:
        return self._id(Use.REGISTRY)

    @property
    def storage_key(self) -> pulumi.Output[str]:
        return self._id(Use.STORAGE)

    @property
    def topic_key(self) -> pulumi.Output[str]:
        return self._id(Use.TOPIC)

    @property
    def secret_key(self) -> pulumi.Output[str]:
        return self._id(Use.SECRET)

    @property
    def cache_key(self) -> pulumi.Output[str]:
        return self._id(Use.CACHE)

    def _id(self, use: Use) -> pulumi.Output[str]:
        if use not in self.keys:
            raise SettingsError(
                f"There is no {use} key in {self._args.location}: what it should encrypt could not be created. "
                f"Add Use.{use.name} to its uses."
            )
        return self.keys[use]

    def _members(self, agents: frozenset[Agent]) -> Mapping[Agent, pulumi.Output[str]]:
        """Agents as members of a role, each known once Google has made it."""
        args = self._args
        members = {
            agent: pulumi.Output.from_input(f"serviceAccount:{agent.email(args.project_number)}") for agent in agents
        }
        for agent, api in MADE_ON_REQUEST.items():
            if agent in agents:
                identity = gcp.projects.ServiceIdentity(
                    self.child(f"agent-{api.removesuffix('.googleapis.com')}"),
                    project=args.project_id,
                    service=api,
                    opts=self.under(),
                )
                members[agent] = known_after(members[agent], identity.id)
                if args.introduces_agents and agent in ROLES:
                    self._roles[agent] = self._introduce(agent, members[agent])
        if Agent.STORAGE in agents:
            # Reading it makes it. The ring's id keeps the first preview, which runs without Google, from trying.
            storage = gcp.storage.get_project_service_account_output(
                project=known_after(args.project_id, self._ring.id),
                opts=pulumi.InvokeOutputOptions(parent=self),
            )
            members[Agent.STORAGE] = known_after(members[Agent.STORAGE], storage.email_address)
        return members

    def _introduce(self, agent: Agent, member: pulumi.Output[str]) -> pulumi.Resource:
        return gcp.projects.IAMMember(
            self.child(f"role-{agent.name.lower().replace('_', '-')}"),
            project=self._args.project_id,
            role=ROLES[agent],
            member=member,
            # The agent stays when a stack is taken down, and works for whatever else the project has.
            opts=self.under(pulumi.ResourceOptions(retain_on_delete=True)),
        )

    def _key(self, use: Use, members: Mapping[Agent, pulumi.Output[str]]) -> pulumi.Output[str]:
        args = self._args
        key = gcp.kms.CryptoKey(
            self.child(use),
            name=_key_name(args.prefix, use),
            key_ring=self._ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{_ROTATION_SECONDS}s",
            destroy_scheduled_duration=f"{_DESTRUCTION_SECONDS}s",
            version_template=gcp.kms.CryptoKeyVersionTemplateArgs(
                algorithm="GOOGLE_SYMMETRIC_ENCRYPTION", protection_level="SOFTWARE"
            ),
            labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)),
        )
        grants = [
            gcp.kms.CryptoKeyIAMMember(
                self.child(f"{use}-{agent.name.lower().replace('_', '-')}"),
                crypto_key_id=key.id,
                role=KEY_USER_ROLE,
                member=members[agent],
                # An order and not a value: a preview does not know what is yet to be made, and would show the grant,
                # then the key, then the database that it encrypts, replaced.
                opts=self.under(
                    pulumi.ResourceOptions(depends_on=[self._roles[agent]] if agent in self._roles else [])
                ),
            )
            for agent in _USERS[use]
        ]
        return known_after(key.id, *(grant.id for grant in grants))


def key_name(project_id: str, location: str, prefix: str, use: Use) -> str:
    """Full name of a key of another stack, for what was encrypted by it and is taken over."""
    return (
        f"projects/{project_id}/locations/{location}/keyRings/{_ring_name(prefix)}/cryptoKeys/{_key_name(prefix, use)}"
    )


def _ring_name(prefix: str) -> str:
    return f"{prefix}-data"


def _key_name(prefix: str, use: Use) -> str:
    return f"{prefix}-{use}"
