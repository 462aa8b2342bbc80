"""How kubectl, Helm and Pulumi reach a cluster and sign in to it."""

import json
from collections.abc import Mapping

import pulumi_gcp as gcp


def dns_endpoint(config: gcp.container.outputs.ClusterControlPlaneEndpointsConfig) -> str:
    """Host of the control plane. Raises RuntimeError when Google gave none."""
    endpoint = config.dns_endpoint_config.endpoint if config.dns_endpoint_config else None
    if endpoint is None:
        raise RuntimeError(
            "The cluster has no controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint: nobody could deploy to it. "
            "Look whether the organisation forbids the DNS-based endpoint (a stand-in must give one as well)."
        )
    return endpoint


def kubeconfig(*, name: str, endpoint: str) -> str:
    """How kubectl and Pulumi sign in: by the DNS-based endpoint, whose certificate everyone trusts, with IAM."""
    user: Mapping[str, object] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "gke-gcloud-auth-plugin",
            "installHint": "Install it: gcloud components install gke-gcloud-auth-plugin",
            "provideClusterInfo": True,
        }
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": f"https://{endpoint}"}}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        sort_keys=True,
    )
