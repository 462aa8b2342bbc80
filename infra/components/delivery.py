"""Who may deploy: workflows of one GitHub repository, through Workload Identity Federation and without any key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from infra.components.accounts import account_id
from infra.components.base import Component
from infra.components.delivery_permissions import PERMISSIONS, POOL_VIEWER
from infra.settings import SettingsError
from infra.settings.state import state_bucket, state_key
from infra.settings.traffic import Delivery as DeliverySettings

_ISSUER = "https://token.actions.githubusercontent.com"
_LONGEST_POOL_ID = 32
# Repository and environment of a job in one attribute: a principal set can name but one.
_LET_IN = "repository_environment"


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """What delivery needs to know.

    project_number: part of the names of federated principals.
    registry_id: projects/…/locations/…/repositories/….
    acts_as: address by name of accounts that resources are created with (the nodes').
    """

    prefix: str
    project_id: str
    project_number: int
    settings: DeliverySettings
    registry_id: pulumi.Input[str]
    acts_as: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(_pool_id(self.prefix)) > _LONGEST_POOL_ID:
            raise SettingsError(
                f"The identity pool would be called {_pool_id(self.prefix)}: Google takes {_LONGEST_POOL_ID} "
                "characters at most. Shorten the stack's name."
            )


class Delivery(Component):
    """Identity pool, GitHub as its provider, and two accounts: one pushes images, one runs `pulumi up`.

    provider_name: projects/…/workloadIdentityPools/…/providers/…, which a workflow names to sign in.
    """

    provider_name: pulumi.Output[str]
    publisher_email: pulumi.Output[str]
    deployer_email: pulumi.Output[str]

    def __init__(self, name: str, args: DeliveryArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        pool = gcp.iam.WorkloadIdentityPool(
            self.child("pool"),
            workload_identity_pool_id=_pool_id(args.prefix),
            project=args.project_id,
            display_name="GitHub Actions",
            description="Workflows that publish images and deploy",
            opts=self.under(),
        )
        self.provider_name = self._trust_github(pool)
        publisher = self._account("images", "Pushes images", pool)
        gcp.artifactregistry.RepositoryIamMember(
            self.child("images-writer"),
            repository=args.registry_id,
            project=args.project_id,
            role="roles/artifactregistry.writer",
            member=publisher.member,
            opts=self.under(),
        )
        deployer = self._account("deploy", "Runs pulumi up", pool)
        self._let_deploy(deployer)
        self.publisher_email, self.deployer_email = publisher.email, deployer.email
        self.finish()

    def _trust_github(self, pool: gcp.iam.WorkloadIdentityPool) -> pulumi.Output[str]:
        args, settings = self._args, self._args.settings
        return gcp.iam.WorkloadIdentityPoolProvider(
            self.child("github"),
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id="github",
            project=args.project_id,
            display_name="GitHub Actions",
            description=f"Workflows of {settings.github_repository}",
            attribute_mapping={
                "google.subject": "assertion.sub",
                f"attribute.{_LET_IN}": 'assertion.repository_id + "/" + assertion.environment',
            },
            # GitHub signs tokens for every repository there is: without a condition, any of them would be let in. By
            # number, for whoever takes a name that was given up would be let in too:
            # https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
            # A job has an environment only if that environment's own rules (reviewers) let it start, and the branch is
            # asked for here as well, because those rules can be changed by whoever administers the repository.
            attribute_condition=" && ".join(
                f'assertion.{claim} == "{value}"'
                for claim, value in (
                    ("repository_id", settings.github_repository_id),
                    ("repository_owner_id", settings.github_owner_id),
                    ("environment", settings.github_environment),
                    ("ref", settings.github_ref),
                )
            ),
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=_ISSUER),
            opts=self.under(),
        ).name

    def _account(self, name: str, purpose: str, pool: gcp.iam.WorkloadIdentityPool) -> gcp.serviceaccount.Account:
        args = self._args
        account = gcp.serviceaccount.Account(
            self.child(name),
            account_id=account_id(args.prefix, name),
            project=args.project_id,
            display_name=f"{name} ({args.prefix})",
            description=f"{purpose}, from GitHub Actions",
            opts=self.under(),
        )
        gcp.serviceaccount.IAMMember(
            self.child(f"{name}-github"),
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            # By number, and as an output of the pool, so that no one is let in before the pool exists.
            member=pulumi.Output.concat(
                f"principalSet://iam.googleapis.com/projects/{args.project_number}/locations/global"
                "/workloadIdentityPools/",
                pool.workload_identity_pool_id,
                f"/attribute.{_LET_IN}/{args.settings.github_repository_id}/{args.settings.github_environment}",
            ),
            opts=self.under(),
        )
        return account

    def _let_deploy(self, deployer: gcp.serviceaccount.Account) -> None:
        args = self._args
        role = gcp.projects.IAMCustomRole(
            self.child("role-deployer"),
            # Role ids take no hyphen.
            role_id=f"{args.prefix}_deployer".replace("-", "_"),
            project=args.project_id,
            title=f"Deploys the platform ({args.prefix})",
            permissions=list(PERMISSIONS),
            stage="GA",
            opts=self.under(),
        )
        self._bind("deploy-platform", role.id, deployer)
        # Reads the pool when it refreshes; changing who may deploy stays with people.
        self._bind("deploy-pool", POOL_VIEWER, deployer)
        self._open_state(deployer)
        for name, email in args.acts_as.items():
            gcp.serviceaccount.IAMMember(
                self.child(f"deploy-as-{name}"),
                service_account_id=pulumi.Output.concat(f"projects/{args.project_id}/serviceAccounts/", email),
                role="roles/iam.serviceAccountUser",
                member=deployer.member,
                opts=self.under(),
            )

    def _open_state(self, deployer: gcp.serviceaccount.Account) -> None:
        """The engine's own memory: it reads the state, writes it back, and decrypts what is secret in it."""
        project = self._args.project_id
        gcp.storage.BucketIAMMember(
            self.child("deploy-state"),
            bucket=state_bucket(project),
            role="roles/storage.objectUser",
            member=deployer.member,
            opts=self.under(),
        )
        gcp.kms.CryptoKeyIAMMember(
            self.child("deploy-state-key"),
            crypto_key_id=state_key(project),
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=deployer.member,
            opts=self.under(),
        )

    def _bind(self, name: str, role: pulumi.Input[str], deployer: gcp.serviceaccount.Account) -> None:
        gcp.projects.IAMMember(
            self.child(name),
            project=self._args.project_id,
            role=role,
            member=deployer.member,
            opts=self.under(),
        )


def _pool_id(prefix: str) -> str:
    return f"{prefix}-github"
