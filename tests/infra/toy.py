"""A small program with one of everything that a capture must keep: what the tests of the capture run."""

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from infra.components.base import Component

PASSWORD = "correct horse battery staple"


class Store(Component):
    """A protected database with a secret beside it."""

    address: pulumi.Output[str]

    def __init__(
        self, name: str, options: pulumi.ResourceOptions | None = None, *, region: str = "us-central1"
    ) -> None:
        super().__init__(name, options)
        network = gcp.compute.Network(self.child("vpc"), name="toy-vpc", project="toy-project", opts=self.under())
        database = gcp.sql.DatabaseInstance(
            self.child("postgres"),
            name="toy-postgres",
            project="toy-project",
            region="us-central1",
            database_version="POSTGRES_16",
            settings=gcp.sql.DatabaseInstanceSettingsArgs(
                tier="db-custom-2-7680",
                ip_configuration=gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(private_network=network.id),
            ),
            opts=self.under(pulumi.ResourceOptions(protect=True, ignore_changes=["settings.tier"])),
        )
        secret = gcp.secretmanager.Secret(
            self.child("secret"),
            secret_id="toy-secret",
            project="toy-project",
            replication=gcp.secretmanager.SecretReplicationArgs(auto=gcp.secretmanager.SecretReplicationAutoArgs()),
            opts=self.under(pulumi.ResourceOptions(retain_on_delete=True)),
        )
        gcp.secretmanager.SecretVersion(
            self.child("version"), secret=secret.id, secret_data=PASSWORD, opts=self.under()
        )
        self.address = database.private_ip_address
        self.finish()


def program() -> None:
    """A store with a former name, and a Deployment that is told where it is."""
    google = gcp.Provider("google", project="toy-project", region="us-central1")
    store = Store("store", pulumi.ResourceOptions(provider=google, aliases=[pulumi.Alias(name="vault")]))
    kubernetes.apps.v1.Deployment(
        "web",
        metadata={"name": "web", "namespace": "toy"},
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=2,
            selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels={"app": "web"}),
            template=kubernetes.core.v1.PodTemplateSpecArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(labels={"app": "web"}),
                spec=kubernetes.core.v1.PodSpecArgs(
                    containers=[
                        kubernetes.core.v1.ContainerArgs(
                            name="web",
                            image="web@sha256:0",
                            env=[kubernetes.core.v1.EnvVarArgs(name="DATABASE_HOST", value=store.address)],
                        )
                    ]
                ),
            ),
        ),
    )
    pulumi.export("address", store.address)
