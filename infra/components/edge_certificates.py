"""Certificates of the hosts: Certificate Manager with DNS authorisation, and one certificate map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Zone
from infra.components.base import Component
from infra.components.hosts import domain_of, host_name, labels
from infra.settings.foundation import Domains


class AuthorizationRecord(TypedDict):
    """The DNS record that lets Google issue certificates of a domain and of everything one label below it."""

    name: pulumi.Output[str]
    type: pulumi.Output[str]
    data: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs:
    """What the certificates need to know.

    existing_map: name of another stack's certificate map to use in place of an own one (standby): its certificates are
    valid already, and new ones would need its DNS zones.
    """

    prefix: str
    project_id: str
    catalog: Catalog
    domains: Domains
    existing_map: str | None = None


class Certificates(Component):
    """A certificate for each zone (the domain and its wildcard), and which host gets which.

    map_id: projects/…/locations/global/certificateMaps/…. authorizations: DNS record by domain.
    """

    map_id: pulumi.Output[str]
    authorizations: Mapping[str, AuthorizationRecord]

    def __init__(self, name: str, args: CertificatesArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        if args.existing_map is not None:
            self.authorizations = {}
            self.map_id = pulumi.Output.from_input(
                f"projects/{args.project_id}/locations/global/certificateMaps/{args.existing_map}"
            )
        else:
            authorizations = {zone: self._authorize(zone) for zone in Zone}
            self.authorizations = {
                domain_of(zone, args.domains): _record(authorization) for zone, authorization in authorizations.items()
            }
            self.map_id = self._map({zone: self._issue(zone, authorizations[zone]) for zone in Zone})
        self.finish()

    def _authorize(self, zone: Zone) -> gcp.certificatemanager.DnsAuthorization:
        return gcp.certificatemanager.DnsAuthorization(
            self.child(f"authorization-{zone}"),
            name=f"{self._args.prefix}-{zone}",
            project=self._args.project_id,
            location="global",
            domain=domain_of(zone, self._args.domains),
            type="FIXED_RECORD",
            description="Also covers the wildcard below the domain",
            labels=self.labels(),
            opts=self.under(),
        )

    def _issue(
        self, zone: Zone, authorization: gcp.certificatemanager.DnsAuthorization
    ) -> gcp.certificatemanager.Certificate:
        domain = domain_of(zone, self._args.domains)
        return gcp.certificatemanager.Certificate(
            self.child(f"certificate-{zone}"),
            name=f"{self._args.prefix}-{zone}",
            project=self._args.project_id,
            location="global",
            scope="DEFAULT",
            managed=gcp.certificatemanager.CertificateManagedArgs(
                domains=[domain, f"*.{domain}"], dns_authorizations=[authorization.id]
            ),
            labels=self.labels(),
            opts=self.under(),
        )

    def _map(self, certificates: Mapping[Zone, gcp.certificatemanager.Certificate]) -> pulumi.Output[str]:
        args = self._args
        certificate_map = gcp.certificatemanager.CertificateMap(
            self.child("map"),
            name=f"{args.prefix}-certificates",
            project=args.project_id,
            labels=self.labels(),
            opts=self.under(),
        )
        for zone, label in labels(args.catalog):
            entry = f"{zone}-{label or 'apex'}"
            gcp.certificatemanager.CertificateMapEntry(
                self.child(f"entry-{entry}"),
                name=f"{args.prefix}-{entry}",
                project=args.project_id,
                map=certificate_map.name,
                hostname=host_name(zone, label, args.domains),
                certificates=[certificates[zone].id],
                labels=self.labels(),
                opts=self.under(),
            )
        # Whoever names no host, or one that we do not have, meets the site's certificate and then a 404.
        gcp.certificatemanager.CertificateMapEntry(
            self.child("entry-primary"),
            name=f"{args.prefix}-primary",
            project=args.project_id,
            map=certificate_map.name,
            matcher="PRIMARY",
            certificates=[certificates[Zone.SITE].id],
            labels=self.labels(),
            opts=self.under(),
        )
        return certificate_map.id


def _record(authorization: gcp.certificatemanager.DnsAuthorization) -> AuthorizationRecord:
    record = authorization.dns_resource_records[0]
    return AuthorizationRecord(name=record.name, type=record.type, data=record.data)
