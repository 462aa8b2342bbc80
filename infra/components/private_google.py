"""Private way to Google's interfaces: their names resolve, inside the VPC, to addresses that never leave Google."""

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component

# Documented addresses of private.googleapis.com. (restricted.googleapis.com lacks Identity Platform.)
PRIVATE_GOOGLE_CIDR = "199.36.153.8/30"

# Domain to the name in it that carries the addresses; every other name points there.
_DOMAINS = {"googleapis.com": "private.googleapis.com", "pkg.dev": "pkg.dev", "gcr.io": "gcr.io"}


@dataclass(frozen=True, kw_only=True)
class PrivateGoogleArgs:
    prefix: str
    project_id: str
    vpc_id: pulumi.Input[str]


class PrivateGoogle(Component):
    """Private zones of Google's own domains, and a log of what is asked for (CIS GCP 2.12)."""

    def __init__(self, name: str, args: PrivateGoogleArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        gcp.dns.Policy(
            self.child("query-log"),
            name=f"{args.prefix}-query-log",
            project=args.project_id,
            description="Logs every name that is asked for in the VPC",
            enable_logging=True,
            networks=[gcp.dns.PolicyNetworkArgs(network_url=args.vpc_id)],
            opts=self.under(),
        )
        for domain, carrier in _DOMAINS.items():
            self._zone(domain, carrier)
        self.finish()

    def _zone(self, domain: str, carrier: str) -> None:
        label = domain.replace(".", "-")
        zone = gcp.dns.ManagedZone(
            self.child(label),
            name=f"{self._args.prefix}-{label}",
            project=self._args.project_id,
            dns_name=f"{domain}.",
            description=f"{domain} by the private way",
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=self._args.vpc_id)]
            ),
            labels=self.labels(),
            opts=self.under(),
        )
        gcp.dns.RecordSet(
            self.child(f"{label}-a"),
            name=f"{carrier}.",
            project=self._args.project_id,
            managed_zone=zone.name,
            type="A",
            ttl=300,
            rrdatas=[str(address) for address in ipaddress.IPv4Network(PRIVATE_GOOGLE_CIDR)],
            opts=self.under(),
        )
        gcp.dns.RecordSet(
            self.child(f"{label}-cname"),
            name=f"*.{domain}.",
            project=self._args.project_id,
            managed_zone=zone.name,
            type="CNAME",
            ttl=300,
            rrdatas=[f"{carrier}."],
            opts=self.under(),
        )
