"""Google accounts that pods run as, through Workload Identity: no key anywhere."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.settings import PROJECT, SettingsError

# Google's limit for the part of a service account's address before the @.
_LONGEST_ACCOUNT_ID = 30
_DIGEST_LENGTH = 4

# Roles that would let a pod administer a project, or act as another account of it (CIS GCP 1.5 and 1.6).
_FORBIDDEN_ROLES = re.compile(
    r"^roles/(owner|editor|viewer|iam\.serviceAccount(User|TokenCreator|KeyAdmin)|iam\.workloadIdentityUser)$|[aA]dmin$"
)
_DATABASE_ROLE_PREFIX = "roles/cloudsql."


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One account, and the Kubernetes service account that may use it.

    roles: predefined roles of the whole project; what belongs to one resource is granted there instead.
    """

    name: str
    namespace: str
    kubernetes_account: str
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if wrong := [role for role in self.roles if _FORBIDDEN_ROLES.search(role)]:
            raise SettingsError(
                f"Identity {self.name} asks for {', '.join(wrong)}: whoever takes over its pod would administer the "
                "project or act as any account in it (CIS GCP 1.5, 1.6). Write the narrow role of the service it uses."
            )


@dataclass(frozen=True, kw_only=True)
class AccountsArgs:
    """What the accounts need to know.

    prefix: `coditect-<stack>`.
    database_instance: name of the only Cloud SQL instance that roles/cloudsql.* hold for; null for every instance of
    the project.
    """

    prefix: str
    project_id: str
    identities: tuple[Identity, ...]
    database_instance: str | None = None

    def __post_init__(self) -> None:
        ids = [account_id(self.prefix, identity.name) for identity in self.identities]
        if double := sorted({i for i in ids if ids.count(i) > 1}):
            raise SettingsError(
                f"identities: {', '.join(double)} twice: two workloads would share one account's rights. "
                "Give each its own name."
            )


class Accounts(Component):
    """One service account for each identity. emails: address by identity name, known once the account exists."""

    emails: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccountsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.emails = {identity.name: self._account(identity) for identity in args.identities}
        self.finish()

    def _account(self, identity: Identity) -> pulumi.Output[str]:
        args = self._args
        account = gcp.serviceaccount.Account(
            self.child(identity.name),
            account_id=account_id(args.prefix, identity.name),
            display_name=f"{identity.name} ({args.prefix})",
            description=f"Pods of {identity.namespace}/{identity.kubernetes_account}",
            project=args.project_id,
            opts=self.under(),
        )
        gcp.serviceaccount.IAMMember(
            self.child(f"{identity.name}-pods"),
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=(
                f"serviceAccount:{args.project_id}.svc.id.goog[{identity.namespace}/{identity.kubernetes_account}]"
            ),
            opts=self.under(),
        )
        for role in identity.roles:
            gcp.projects.IAMMember(
                self.child(f"{identity.name}-{role.removeprefix('roles/')}"),
                project=args.project_id,
                role=role,
                member=account.member,
                condition=self._condition(role),
                opts=self.under(),
            )
        return account.email

    def _condition(self, role: str) -> gcp.projects.IAMMemberConditionArgs | None:
        args = self._args
        if args.database_instance is None or not role.startswith(_DATABASE_ROLE_PREFIX):
            return None
        return gcp.projects.IAMMemberConditionArgs(
            title=f"only {args.database_instance}",
            description="A project may come to hold other databases; this account has no business there.",
            expression=(
                'resource.type == "sqladmin.googleapis.com/Instance" && '
                f'resource.name == "projects/{args.project_id}/instances/{args.database_instance}"'
            ),
        )


def account_id(prefix: str, name: str) -> str:
    """Id of an account: `<stack>-<name>`; what exceeds Google's 30 characters gives way to 4 digits of its SHA-256."""
    full = f"{prefix.removeprefix(f'{PROJECT}-')}-{name}"
    if len(full) <= _LONGEST_ACCOUNT_ID:
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{full[: _LONGEST_ACCOUNT_ID - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"


def account_email(prefix: str, name: str, project_id: str) -> str:
    """Address that an account will have, for those who must write it before the account exists."""
    return f"{account_id(prefix, name)}@{project_id}.iam.gserviceaccount.com"
