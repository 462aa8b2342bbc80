"""Secret Manager: one secret a catalogue entry, readable by exactly its consumers. Values never pass through here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pulumi
import pulumi_gcp as gcp

from infra.catalog.secrets import PLATFORM_SECRETS, Filler, Secret
from infra.components.base import Component, known_after
from infra.settings import SettingsError

_ACCESSOR = "roles/secretmanager.secretAccessor"
_WRITER = "roles/secretmanager.secretVersionManager"


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """What the secrets need to know.

    readers: addresses by secret name.
    program: address of the account that runs this program. It reads what it hands on to Google (PLATFORM_SECRETS), and
        reads and writes what the platform makes; nothing else.
    locations: regions that keep a copy. key_ids: the key of each, by region; empty for Google's own keys.
    platform_values: values by secret name that the platform itself makes. These are the only ones that ever pass
        through the program; the state holds them encrypted, as it holds the outputs they come from (a write-only
        property would not change that: Pulumi keeps those among the encrypted inputs, and would miss a new value).
    existing_prefix: prefix of the stack whose secrets are used in place of own ones (standby); what the platform
        makes is still this stack's own, because it belongs to this stack's cache.
    topic_key_id: key of the topic that announces rotations.
    first_rotation: day on which the rotation of a new secret is first announced; one that exists keeps its own.
    protect: whether deleting a secret is refused.
    """

    prefix: str
    project_id: str
    secrets: tuple[Secret, ...]
    readers: Mapping[str, tuple[pulumi.Input[str], ...]]
    locations: tuple[str, ...]
    key_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    platform_values: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    existing_prefix: str | None = None
    program: pulumi.Input[str] | None = None
    topic_key_id: pulumi.Input[str] | None = None
    first_rotation: date
    protect: bool

    def __post_init__(self) -> None:
        if not self.locations:
            raise SettingsError("secrets.locations is empty: Secret Manager keeps no copy. Write one region at least.")
        if keyless := sorted(set(self.locations) - set(self.key_ids)) if self.key_ids else []:
            raise SettingsError(
                f"secrets.key_ids has no key for {', '.join(keyless)}: Secret Manager refuses a secret of which only "
                "some copies have a customer's key. Give a key of each region, or none."
            )
        names = {secret.name for secret in self.secrets}
        if unknown := sorted((set(self.readers) | set(self.platform_values)) - names):
            raise SettingsError(
                f"secrets: {', '.join(unknown)} has readers or a value but is not in the catalogue: nobody would find "
                "it. Add it to SECRETS in infra/catalog/secrets.py."
            )
        made = {secret.name for secret in self.secrets if secret.filled_by is Filler.PLATFORM}
        if wrong := sorted(set(self.platform_values) ^ made):
            raise SettingsError(
                f"secrets: {', '.join(wrong)}: exactly the secrets that the catalogue fills by `platform` take their "
                "value from the program; any other would end up in the state. Make both agree."
            )


class Secrets(Component):
    """The secrets and who may read them.

    secret_ids: full resource name by secret name (projects/…/secrets/…). topic_id: announces what is due for rotation.
    """

    secret_ids: Mapping[str, pulumi.Output[str]]
    topic_id: pulumi.Output[str]

    def __init__(self, name: str, args: SecretsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.topic_id = self._topic()
        self.secret_ids = {
            secret.name: self._own(secret) if self._is_own(secret) else self._existing(secret)
            for secret in args.secrets
        }
        self.finish()

    def _is_own(self, secret: Secret) -> bool:
        return self._args.existing_prefix is None or secret.filled_by is Filler.PLATFORM

    def _topic(self) -> pulumi.Output[str]:
        args = self._args
        topic = gcp.pubsub.Topic(
            self.child("rotation"),
            name=f"{args.prefix}-secret-rotation",
            project=args.project_id,
            kms_key_name=args.topic_key_id,
            message_storage_policy=gcp.pubsub.TopicMessageStoragePolicyArgs(
                allowed_persistence_regions=list(args.locations)
            ),
            labels=self.labels(),
            opts=self.under(),
        )
        agent = gcp.projects.ServiceIdentity(
            self.child("agent"), project=args.project_id, service="secretmanager.googleapis.com", opts=self.under()
        )
        publisher = gcp.pubsub.TopicIAMMember(
            self.child("rotation-publisher"),
            topic=topic.id,
            project=args.project_id,
            role="roles/pubsub.publisher",
            member=agent.member,
            opts=self.under(),
        )
        # Secret Manager refuses a topic that it may not publish to.
        return known_after(topic.id, publisher.id)

    def _own(self, secret: Secret) -> pulumi.Output[str]:
        args = self._args
        resource = gcp.secretmanager.Secret(
            self.child(secret.name),
            secret_id=f"{args.prefix}-{secret.name}",
            project=args.project_id,
            replication=gcp.secretmanager.SecretReplicationArgs(
                user_managed=gcp.secretmanager.SecretReplicationUserManagedArgs(
                    replicas=[self._replica(location) for location in args.locations]
                )
            ),
            topics=[gcp.secretmanager.SecretTopicArgs(name=self.topic_id)],
            rotation=gcp.secretmanager.SecretRotationArgs(
                rotation_period=f"{secret.rotation_days * 24 * 3600}s",
                next_rotation_time=f"{args.first_rotation.isoformat()}T00:00:00Z",
            ),
            annotations={"purpose": secret.purpose},
            labels=self.labels() | {"filled-by": secret.filled_by.value},
            deletion_protection=args.protect,
            opts=self.under(
                pulumi.ResourceOptions(
                    protect=args.protect,
                    # Google moves the date on after each reminder.
                    ignore_changes=["rotation.nextRotationTime"],
                )
            ),
        )
        self._let_in(secret, resource.id, condition=None)
        if secret.name in args.platform_values:
            if args.program is not None:
                # On these secrets alone: whoever could write the others would choose the keys of everybody's tokens.
                gcp.secretmanager.SecretIamBinding(
                    self.child(f"{secret.name}-writers"),
                    secret_id=resource.id,
                    project=args.project_id,
                    role=_WRITER,
                    members=[pulumi.Output.concat("serviceAccount:", args.program)],
                    opts=self.under(),
                )
            value: pulumi.Output[str] = pulumi.Output.secret(args.platform_values[secret.name])
            gcp.secretmanager.SecretVersion(
                self.child(f"{secret.name}-version"),
                secret=resource.id,
                secret_data=value,
                # A value that turns out wrong can be taken back: the one before it is still there.
                deletion_policy="DISABLE",
                opts=self.under(pulumi.ResourceOptions(additional_secret_outputs=["secretData"])),
            )
        return resource.id

    def _replica(self, location: str) -> gcp.secretmanager.SecretReplicationUserManagedReplicaArgs:
        key = self._args.key_ids.get(location)
        return gcp.secretmanager.SecretReplicationUserManagedReplicaArgs(
            location=location,
            customer_managed_encryption=None
            if key is None
            else gcp.secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(kms_key_name=key),
        )

    def _existing(self, secret: Secret) -> pulumi.Output[str]:
        args = self._args
        secret_id = f"projects/{args.project_id}/secrets/{args.existing_prefix}-{secret.name}"
        self._let_in(
            secret,
            secret_id,
            # A binding is the whole list for its role and condition. With a condition of its own, this stack's list
            # stands beside the owner's instead of replacing it.
            condition=gcp.secretmanager.SecretIamBindingConditionArgs(
                title=f"read by {args.prefix}", expression='resource.service == "secretmanager.googleapis.com"'
            ),
        )
        return pulumi.Output.from_input(secret_id)

    def _let_in(
        self,
        secret: Secret,
        secret_id: pulumi.Input[str],
        condition: gcp.secretmanager.SecretIamBindingConditionArgs | None,
    ) -> None:
        readers = self._args.readers.get(secret.name, ())
        is_read_here = secret.name in PLATFORM_SECRETS or secret.filled_by is Filler.PLATFORM
        if is_read_here and self._args.program is not None:
            readers = (*readers, self._args.program)
        if not readers:
            return
        gcp.secretmanager.SecretIamBinding(
            self.child(f"{secret.name}-readers"),
            secret_id=secret_id,
            project=self._args.project_id,
            role=_ACCESSOR,
            members=[pulumi.Output.concat("serviceAccount:", reader) for reader in readers],
            condition=condition,
            opts=self.under(),
        )
