"""A service of ours on Kubernetes: two colours of which one takes traffic, and whatever else its image runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apiextensions, apps, autoscaling, batch, core, meta, policy

from infra.catalog.services import Service
from infra.components import endpoint_groups
from infra.components import workload_parts as parts
from infra.components.base import Component
from infra.components.pod_proxy import CloudSqlProxy
from infra.releases import Colour, ColouredRelease
from infra.settings import SettingsError

__all__ = ["CloudSqlProxy", "Workload", "WorkloadArgs"]

_NEG_NAME = re.compile(r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """What a service needs to know of the world around it.

    replicas: floor of its autoscaler, 1 to the service's `max_replicas`.
    account_email, migrator_email: Google accounts behind the service and behind its migration.
    environment: of every process, without PORT and METRICS_PORT. No value may be secret: a secret is a file.
    secret_ids: for each secret it reads, the full name of the Secret Manager secret.
    proxy: the sidecar through which it reaches the database; None where the database takes passwords.
    migrator_environment, migrator_secret_ids: of the migration, which signs in to the database as its own user.
    neg_name: name under which GKE registers the pods with the load balancer, in each zone.
    account_prefix: start of the names of Kubernetes accounts; not empty where another stack's pool is shared.
    """

    service: Service
    namespace: pulumi.Input[str]
    release: ColouredRelease
    repository_url: pulumi.Input[str]
    replicas: int
    account_email: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    secret_ids: Mapping[str, pulumi.Input[str]]
    neg_name: str
    account_prefix: str = ""
    migrator_email: pulumi.Input[str] | None = None
    proxy: CloudSqlProxy | None = None
    migrator_environment: Mapping[str, pulumi.Input[str]] | None = None
    migrator_secret_ids: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        name = self.service.name
        if not 1 <= self.replicas <= self.service.max_replicas:
            raise SettingsError(
                f"workloads.replicas.{name} is {self.replicas}: its autoscaler ends at {self.service.max_replicas}, "
                "and Kubernetes refuses a floor above that. Write no more, or raise max_replicas in the catalogue."
            )
        if not _NEG_NAME.match(self.neg_name):
            raise SettingsError(
                f"{name}: {self.neg_name!r} is no name of a network endpoint group: GKE would make none and the load "
                "balancer would find no pod. Write at most 63 of a-z, 0-9 and -, starting with a letter."
            )
        if missing := sorted(set(self.service.secrets) - set(self.secret_ids)):
            raise SettingsError(
                f"{name} reads secret {', '.join(missing)}, of which no id was given: its pods would never start. "
                "Pass the ids that the component Secrets puts out."
            )
        if reserved := sorted({"PORT", "METRICS_PORT"} & set(self.environment)):
            raise SettingsError(
                f"{name}: {', '.join(reserved)} comes from the catalogue; a second value would lead probes astray. "
                "Remove it from environment."
            )
        told = (self.migrator_email, self.migrator_environment, self.migrator_secret_ids)
        if self.service.migration is not None and None in told:
            raise SettingsError(
                f"{name} migrates its database, but not everything is said about who does it: the migration would run "
                "as the service, which does not own the tables. Pass migrator_email, migrator_environment and "
                "migrator_secret_ids."
            )


class Workload(Component):
    """One service of ours.

    A roll-out runs in this order: migration, active colour up, Service to the active colour, other colour down.
    """

    service_name: pulumi.Output[str]
    active_deployment: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        service = args.service
        runner, before = self._runner(service.name, "", args.account_email, args.environment, args.secret_ids)
        if (migration := self._migration()) is not None:
            before = [*before, migration]

        active = self._web(args.release.active, runner, before=[*before, self._autoscaler()])
        endpoint = core.v1.Service(
            self.child("service"),
            metadata=self._meta(service.name, annotations=endpoint_groups.annotations(service.port, args.neg_name)),
            spec=parts.service_spec(service, args.release.active),
            opts=self.under(pulumi.ResourceOptions(depends_on=[active])),
        )
        self._web(args.release.active.other, runner, before=[endpoint])
        policy.v1.PodDisruptionBudget(
            self.child("budget"),
            metadata=self._meta(service.name),
            spec=parts.disruption_budget(service),
            opts=self.under(),
        )
        self._processes(runner, before)
        self._cron_tasks(runner, before)
        if service.metrics_port is not None:
            apiextensions.CustomResource(
                self.child("monitoring"),
                api_version="monitoring.googleapis.com/v1",
                kind="PodMonitoring",
                metadata=self._meta(service.name),
                spec=parts.pod_monitoring(service),
                opts=self.under(),
            )
        self.service_name = endpoint.metadata.name
        self.active_deployment = active.metadata.name
        self.finish()

    def _meta(
        self, name: str, annotations: Mapping[str, pulumi.Input[str]] | None = None, **labels: str
    ) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=name,
            namespace=self._args.namespace,
            labels={**self.labels(), **labels},
            annotations=None if annotations is None else dict(annotations),
        )

    def _runner(
        self,
        name: str,
        suffix: str,
        email: pulumi.Input[str],
        environment: Mapping[str, pulumi.Input[str]],
        secret_ids: Mapping[str, pulumi.Input[str]],
    ) -> tuple[parts.Runner, Sequence[pulumi.Resource]]:
        """Someone to run as: a Kubernetes account with the Google account behind it, and the secrets it may read.

        suffix: start of the children's names. Gives also what must exist before a pod can start.
        """
        account = core.v1.ServiceAccount(
            self.child(f"{suffix}account"),
            metadata=self._meta(
                f"{self._args.account_prefix}{name}", annotations={"iam.gke.io/gcp-service-account": email}
            ),
            # Google identity comes from the metadata server; no pod of ours talks to the Kubernetes API.
            automount_service_account_token=False,
            opts=self.under(),
        )
        before: list[pulumi.Resource] = [account]
        if secret_ids:
            before.append(
                apiextensions.CustomResource(
                    self.child(f"{suffix}secrets"),
                    api_version="secrets-store.csi.x-k8s.io/v1",
                    kind="SecretProviderClass",
                    metadata=self._meta(name),
                    spec=parts.secret_class_spec(secret_ids),
                    opts=self.under(),
                )
            )
        runner = parts.Runner(
            service=self._args.service,
            repository_url=self._args.repository_url,
            account=account.metadata.name,
            environment=environment,
            secret_class=name if secret_ids else None,
            proxy=self._args.proxy,
        )
        return runner, before

    def _migration(self) -> batch.v1.Job | None:
        args = self._args
        migration = args.service.migration
        if migration is None:
            return None
        assert args.migrator_email is not None
        assert args.migrator_environment is not None
        assert args.migrator_secret_ids is not None
        name = f"{args.service.name}-{migration.name}"
        migrator, before = self._runner(
            name,
            f"{migration.name}-",
            args.migrator_email,
            args.migrator_environment,
            args.migrator_secret_ids,
        )
        digest = args.release.active_digest
        return batch.v1.Job(
            self.child(migration.name),
            # The digest is part of the name: another image is another Job, made before the old one is removed. It
            # keeps no time to live: a Job that Kubernetes removed by itself would run again with every deployment.
            metadata=self._meta(f"{name}-{digest.removeprefix('sha256:')[:12]}"),
            spec=parts.migration_spec(migrator, migration, digest),
            opts=self.under(pulumi.ResourceOptions(depends_on=before)),
        )

    def _autoscaler(self) -> autoscaling.v2.HorizontalPodAutoscaler:
        args = self._args
        return autoscaling.v2.HorizontalPodAutoscaler(
            self.child("autoscaler"),
            metadata=self._meta(args.service.name),
            spec=parts.autoscaler_spec(args.service, args.release.active, args.replicas),
            opts=self.under(),
        )

    def _web(self, colour: Colour, runner: parts.Runner, before: Sequence[pulumi.Resource]) -> apps.v1.Deployment:
        release = self._args.release
        return apps.v1.Deployment(
            self.child(colour),
            metadata=self._meta(
                parts.deployment_name(self._args.service, colour),
                # Forced, because replicas change owner with the active colour: Pulumi holds them at 0, then the
                # autoscaler has them, then Pulumi again; Kubernetes calls that a conflict otherwise.
                annotations={"pulumi.com/patchForce": "true"},
                colour=colour,
            ),
            spec=parts.web_spec(runner, colour, release.digest(colour), is_active=colour is release.active),
            opts=self.under(pulumi.ResourceOptions(depends_on=before)),
        )

    def _processes(self, runner: parts.Runner, before: Sequence[pulumi.Resource]) -> None:
        for process in self._args.service.processes:
            apps.v1.Deployment(
                self.child(process.name),
                metadata=self._meta(f"{self._args.service.name}-{process.name}"),
                spec=parts.process_spec(runner, process, self._args.release.active_digest),
                opts=self.under(pulumi.ResourceOptions(depends_on=before)),
            )

    def _cron_tasks(self, runner: parts.Runner, before: Sequence[pulumi.Resource]) -> None:
        for task in self._args.service.cron_tasks:
            batch.v1.CronJob(
                self.child(task.name),
                metadata=self._meta(f"{self._args.service.name}-{task.name}"),
                spec=parts.cron_spec(runner, task, self._args.release.active_digest),
                opts=self.under(pulumi.ResourceOptions(depends_on=before)),
            )
