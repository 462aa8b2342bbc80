"""PostgreSQL 16 on Cloud SQL: private, encrypted with our key, recoverable to any point of the last days.

Connections: services sign in with their own Google account through the Cloud SQL proxy (IAM). The proxy brings a client
certificate of one hour, so `TRUSTED_CLIENT_CERTIFICATE_REQUIRED` with `connector_enforcement` refuses everybody else,
and no password exists. Only the local stack, where there is no IAM, has passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component, known_after
from infra.components.database_instance import (
    InstanceArgs,
    instance_name,
    logical_part,
    primary_instance,
    read_replica,
)
from infra.settings import SettingsError
from infra.settings.stores import Database as DatabaseSize
from infra.settings.stores import DatabaseInstance
from infra.settings.vocabulary import DatabaseAuthentication

_ACCOUNT_SUFFIX = ".gserviceaccount.com"
# What Cloud SQL calls a role without PostgreSQL's superuser right; it owns databases made by the API, and so their
# public schema. Documented for IAM users as well.
_OWNER_ROLE = "cloudsqlsuperuser"


@dataclass(frozen=True, kw_only=True)
class DatabaseUser:
    """Somebody who signs in.

    name: key of the user in the component's outputs, and where passwords are used its name in PostgreSQL.
    email: its service account; the name in PostgreSQL is the e-mail without `.gserviceaccount.com`, at most 63 bytes.
    is_owner: whether it creates and migrates tables. Others get from the migrations exactly what they need.
    """

    name: str
    email: pulumi.Input[str]
    is_owner: bool


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What a database needs to know.

    private_services: name of the range lent to Google, known once Google is connected to the VPC.
    key_id, replica_key_id: encryption keys; a key is regional, so the replica's is that of its own region. A promoted
        replica keeps the key it was made with, and a clone that of what it was cloned from.
    protect: whether deleting the instance is refused, by Pulumi and by Google alike.
    """

    prefix: str
    project_id: str
    region: str
    network_id: pulumi.Input[str]
    private_services: pulumi.Input[str]
    key_id: pulumi.Input[str]
    size: DatabaseSize
    databases: tuple[str, ...]
    users: tuple[DatabaseUser, ...]
    replica_key_id: pulumi.Input[str] | None
    protect: bool

    def __post_init__(self) -> None:
        if (self.size.replica_region is None) != (self.replica_key_id is None):
            raise SettingsError(
                f"database.replica_region is {self.size.replica_region} and replica_key_id is "
                f"{'missing' if self.replica_key_id is None else 'given'}: keys are regional, so a replica needs one "
                "of its own region, and nobody else needs it. Give both or neither."
            )
        if self.size.replica_region == self.region:
            raise SettingsError(
                f"database.replica_region is {self.region}, the primary's own: losing the region would lose both. "
                "Write the other one."
            )
        if self.size.replica_region is not None and self.size.promoted_replica is not None:
            raise SettingsError(
                "database.replica_region and promoted_replica are both set: a promoted replica gets its own replica "
                "only after the fail-over. Write replica_region: null."
            )
        for kind, names in (("databases", self.databases), ("users", tuple(user.name for user in self.users))):
            if not names or len(set(names)) != len(names):
                raise SettingsError(
                    f"{kind}: {', '.join(names) or 'none'}. Services could not sign in to what does not exist, and "
                    "Google refuses the second of a name. Name each once, one at least."
                )


class Database(Component):
    """Instances, their databases, users and read replicas; services use the last instance.

    An instance that a person made (a clone, a promoted replica) is imported before it is declared here:
    docs/runbooks/restore-database.md, docs/runbooks/fail-over-region.md. Creating it again is refused by Google.

    connection_name: `project:region:instance`, all that the proxy needs.
    private_address: where nothing but the proxy is used, nobody needs it.
    user_names: name in PostgreSQL of each user, by DatabaseUser.name.
    serving: what must stand before a service starts. Not the replica: production lets go of it once it was promoted,
        and Pulumi lets go of nothing that others depend on.
    """

    instance_name: pulumi.Output[str]
    connection_name: pulumi.Output[str]
    private_address: pulumi.Output[str]
    user_names: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DatabaseArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.serving: tuple[pulumi.Resource, ...] = ()
        for instance in args.size.instances:
            self._declare(instance)
        self.finish()

    def _declare(self, instance: DatabaseInstance) -> None:
        """One instance with all that belongs to it. The outputs are those of the last."""
        args = self._args
        part = logical_part(instance.name)
        common = InstanceArgs(
            name=instance_name(args.prefix, args.size, instance.name),
            part=part,
            project_id=args.project_id,
            network_id=args.network_id,
            private_services=args.private_services,
            size=args.size,
            protect=args.protect,
        )
        primary = primary_instance(self, common, region=args.region, key_id=args.key_id)
        if args.size.replica_region is not None and args.replica_key_id is not None and instance.has_replica:
            read_replica(self, common, primary=primary, region=args.size.replica_region, key_id=args.replica_key_id)
        made = [
            gcp.sql.Database(
                self.child(f"{part}database-{database}"),
                name=database,
                project=args.project_id,
                instance=primary.name,
                charset="UTF8",
                collation="en_US.UTF8",
                # Taking a database out of the catalogue does not drop what is in it.
                deletion_policy="ABANDON",
                opts=self.under(pulumi.ResourceOptions(protect=args.protect)),
            )
            for database in args.databases
        ]
        # Known once the databases are there: a migration that starts sooner would fail.
        self.instance_name = known_after(primary.name, *(database.id for database in made))
        self.connection_name = known_after(primary.connection_name, *(database.id for database in made))
        self.private_address = primary.private_ip_address
        users = {user.name: self._user(part, user) for user in args.users}
        self.user_names = {name: user.name for name, user in users.items()}
        self.serving = (primary, *made, *users.values())

    def _user(self, part: str, user: DatabaseUser) -> gcp.sql.User:
        args = self._args
        uses_iam = args.size.authentication is DatabaseAuthentication.IAM
        return gcp.sql.User(
            self.child(f"{part}user-{user.name}"),
            name=(
                pulumi.Output.from_input(user.email).apply(lambda email: email.removesuffix(_ACCOUNT_SUFFIX))
                if uses_iam
                else user.name
            ),
            project=args.project_id,
            instance=self.instance_name,
            type="CLOUD_IAM_SERVICE_ACCOUNT" if uses_iam else "BUILT_IN",
            database_roles=[_OWNER_ROLE] if user.is_owner else None,
            # PostgreSQL refuses to drop a role that owns or was granted anything.
            deletion_policy="ABANDON",
            opts=self.under(),
        )
