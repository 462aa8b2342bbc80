"""What the charts of existing products have in common: the same few facts for each of their services."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta

from infra.catalog import Catalog
from infra.catalog.names import Namespace
from infra.catalog.services import Service
from infra.components import endpoint_groups
from infra.components.base import Component
from infra.components.chart_values import ServiceValues, environment_name, images, service_values
from infra.settings import SettingsError


@dataclass(frozen=True, kw_only=True)
class ChartedArgs:
    """What a product in a chart needs to know.

    A chart is rendered before anything exists, so all but `namespace` and `environment` is plain text that follows from
    settings: names of accounts, secrets and buckets are known in advance.

    account_prefix: start of the names of Kubernetes accounts; not empty where another stack's pool is shared.
    replicas: floor of each service. images: digest by image. account_emails: by service, for those that have one.
    secret_ids: for each service that reads secrets, the full name of each. environment: of each service, nothing
    secret. protect: whether volumes and what holds them refuse to be deleted.
    """

    catalog: Catalog
    namespace: pulumi.Input[str]
    prefix: str
    account_prefix: str = ""
    replicas: Mapping[str, int]
    repository_url: str
    images: Mapping[str, str]
    account_emails: Mapping[str, str]
    secret_ids: Mapping[str, Mapping[str, str]]
    environment: Mapping[str, Mapping[str, pulumi.Input[str]]]
    protect: bool = True

    def values_of(self, service: Service) -> ServiceValues:
        """Raises SettingsError when a secret, an image or an account that the service needs was not given."""
        given = self.secret_ids.get(service.name, {})
        if missing := sorted(set(service.secrets) - set(given)):
            raise SettingsError(
                f"{service.name} reads secret {', '.join(missing)}, of which no id was given: no pod would start. "
                "Pass the names that the component Secrets makes."
            )
        if (given or service.needs) and service.name not in self.account_emails:
            raise SettingsError(
                f"{service.name} reads secrets or uses a back end but has no Google account: it would be refused. "
                "Pass its address in account_emails."
            )
        return service_values(
            service,
            image=images(self.repository_url, self.images, service.image),
            endpoint_annotations=endpoint_groups.annotations(
                service.port, endpoint_groups.group_name(self.prefix, service)
            ),
            replicas=self.replicas.get(service.name, service.replicas),
            account=f"{self.account_prefix}{service.name}",
            google_account=self.account_emails.get(service.name),
            secret_ids=given,
        )

    def declare_environments(self, component: Component, namespace: Namespace) -> tuple[pulumi.Resource, ...]:
        """One ConfigMap a service: the one thing of a chart that may hold what is only known once it exists."""
        return tuple(
            core.v1.ConfigMap(
                component.child(environment_name(service)),
                metadata=meta.v1.ObjectMetaArgs(
                    name=environment_name(service), namespace=self.namespace, labels=component.labels()
                ),
                data=dict(self.environment.get(service.name, {})),
                opts=component.under(),
            )
            for service in self.catalog.services_in(namespace)
        )
