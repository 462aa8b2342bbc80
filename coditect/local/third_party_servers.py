"""Stand-ins of third parties beside the platform: with its own keys, and Stripe's events sent through its own edge."""

from collections.abc import Callable
from pathlib import Path

from coditect.local.declared import Deployed
from coditect.local.launch import Launch
from coditect.local.layout import Layout
from coditect.local.plain_server import PlainServer
from coditect.local.ports import Ports
from coditect.local.probing import answers
from coditect.local.secret_values import SecretStore
from coditect.local.standins.third_parties import THIRD_PARTIES, ThirdParty

_WEBHOOK_SECRET = "STRIPE_WEBHOOK_SECRET_FILE"  # noqa: S105 - a variable's name


def third_party_servers(
    deployed: Deployed,
    *,
    layout: Layout,
    ports: Ports,
    store: SecretStore,
    authority: Path,
    launched: Callable[[str], Launch],
) -> dict[str, PlainServer]:
    """A server for each third party that has a stand-in, not started. launched: how a pod of that name is started."""
    files = _secret_files(deployed, layout, store)
    takers = [pod.name for pod in deployed.pods if _WEBHOOK_SECRET in pod.environment and "http" in pod.ports]
    site = launched(takers[0]).environment["SITE_URL"] if takers else None
    return {
        party.name: _server(party, ports.of(party.name), layout=layout, files=files, site=site, authority=authority)
        for party in THIRD_PARTIES
    }


def _server(
    party: ThirdParty, port: int, *, layout: Layout, files: dict[str, Path], site: str | None, authority: Path
) -> PlainServer:
    command = party.command(
        port=port, state=layout.root / party.name, secret_files=files, webhook=site, authority=authority
    )
    return PlainServer(
        party.name, command, log=layout.log(party.name), is_ready=lambda: answers(port, "/health", timeout_s=2)
    )


def _secret_files(deployed: Deployed, layout: Layout, store: SecretStore) -> dict[str, Path]:
    """The platform's secrets as files, by the name that pods see."""
    found = {}
    for pod in deployed.pods:
        for mount in pod.mounts:
            for secret in mount.secrets or ():
                store.value(secret.secret)
                found[secret.file] = layout.secrets / secret.secret
    return found
