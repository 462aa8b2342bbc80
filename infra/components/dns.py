"""DNS: both public zones, signed, with the addresses of every host, mail records and certificate authorisations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Zone
from infra.catalog.records import ADDRESS_TTL_S, MAIL_TTL_S, Record, RecordType
from infra.components import hosts
from infra.components.base import Component
from infra.components.edge_certificates import AuthorizationRecord
from infra.components.hosts import domain_of, host_name
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Dns as DnsSettings

# A character string of a TXT record holds at most 255 bytes (RFC 1035, section 3.3).
_LONGEST_STRING = 255
_QUOTED = re.compile(r'^"([^"]*)"$')
_PLACEHOLDER = re.compile(r"\{(\w*)\}")

# Another zone's name servers change only with the zone; an hour is what Google publishes a zone's own for.
_DELEGATION_TTL_S = 3600

# Answers for every name below the applications' domain (specification); the load balancer refuses unknown hosts.
_WILDCARD_ZONE = Zone.APPS


@dataclass(frozen=True, kw_only=True)
class DnsArgs:
    """What the zones need to know.

    site_address, apps_address: IPv4 of the hosts of each zone.
    authorizations: record by domain that lets Google issue its certificates.
    protect: whether deleting the zones is refused. A new zone has other name servers: the registrar would have to
        follow, and until then nobody finds us.
    """

    prefix: str
    project_id: str
    domains: Domains
    settings: DnsSettings
    catalog: Catalog
    site_address: pulumi.Input[str]
    apps_address: pulumi.Input[str]
    authorizations: Mapping[str, AuthorizationRecord]
    protect: bool = True

    def __post_init__(self) -> None:
        ours = (self.domains.site, self.domains.apps)
        if lost := [d.domain for d in self.settings.delegations if not d.domain.endswith(tuple(f".{o}" for o in ours))]:
            raise SettingsError(
                f"dns.delegations: {', '.join(lost)} is below neither {ours[0]} nor {ours[1]}: no zone of this stack "
                "could hold its records. Write domains below them."
            )


class Dns(Component):
    """Zones and records; nothing at all where another stack owns the zones.

    name_servers: by domain; the registrar must delegate to them, with the DS record of the zone's key.
    """

    name_servers: Mapping[str, pulumi.Output[Sequence[str]]]

    def __init__(self, name: str, args: DnsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        zones = {zone: self._zone(zone) for zone in Zone} if args.settings.manage else {}
        self.name_servers = {domain_of(zone, args.domains): managed.name_servers for zone, managed in zones.items()}
        for zone, managed in zones.items():
            self._addresses(zone, managed)
            self._authorization(zone, managed)
            self._delegations(zone, managed)
            for record in args.catalog.records:
                if record.zone is zone:
                    self._record(record, managed)
        if zones:
            self._dkim(zones[Zone.SITE])
        self.finish()

    def _zone(self, zone: Zone) -> gcp.dns.ManagedZone:
        return gcp.dns.ManagedZone(
            self.child(zone.value),
            name=f"{self._args.prefix}-{zone}",
            project=self._args.project_id,
            dns_name=f"{domain_of(zone, self._args.domains)}.",
            description=f"Public zone of the {zone} domain",
            visibility="public",
            dnssec_config=gcp.dns.ManagedZoneDnssecConfigArgs(
                state="on",
                # NSEC3 does not list the zone's names to whoever asks.
                non_existence="nsec3",
                default_key_specs=[
                    gcp.dns.ManagedZoneDnssecConfigDefaultKeySpecArgs(
                        key_type=key_type, algorithm="ecdsap256sha256", key_length=256
                    )
                    for key_type in ("keySigning", "zoneSigning")
                ],
            ),
            cloud_logging_config=gcp.dns.ManagedZoneCloudLoggingConfigArgs(enable_logging=True),
            force_destroy=False,
            labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(protect=self._args.protect)),
        )

    def _set(
        self,
        suffix: str,
        zone: gcp.dns.ManagedZone,
        name: pulumi.Input[str],
        kind: pulumi.Input[str],
        ttl_s: int,
        values: Sequence[pulumi.Input[str]],
    ) -> None:
        gcp.dns.RecordSet(
            self.child(suffix),
            managed_zone=zone.name,
            project=self._args.project_id,
            name=name,
            type=kind,
            ttl=ttl_s,
            rrdatas=values,
            opts=self.under(),
        )

    def _addresses(self, zone: Zone, managed: gcp.dns.ManagedZone) -> None:
        args = self._args
        labels = [label for place, label in hosts.labels(args.catalog) if place is zone]
        if zone is _WILDCARD_ZONE:
            labels.append("*")
        for label in labels:
            self._set(
                f"{zone}-{_word(label)}-a",
                managed,
                f"{host_name(zone, label, args.domains)}.",
                RecordType.A.value,
                ADDRESS_TTL_S,
                [args.site_address if zone is Zone.SITE else args.apps_address],
            )

    def _authorization(self, zone: Zone, managed: gcp.dns.ManagedZone) -> None:
        record = self._args.authorizations.get(domain_of(zone, self._args.domains))
        if record is not None:
            self._set(f"{zone}-certificates", managed, record["name"], record["type"], ADDRESS_TTL_S, [record["data"]])

    def _delegations(self, zone: Zone, managed: gcp.dns.ManagedZone) -> None:
        """Name servers and signed keys of zones below this one, which other stacks have."""
        above = domain_of(zone, self._args.domains)
        for below in self._args.settings.delegations:
            if below.domain.endswith(f".{above}"):
                label = _word(below.domain.removesuffix(f".{above}"))
                servers = [f"{server}." for server in below.name_servers]
                self._set(f"{zone}-{label}-ns", managed, f"{below.domain}.", "NS", _DELEGATION_TTL_S, servers)
                self._set(f"{zone}-{label}-ds", managed, f"{below.domain}.", "DS", _DELEGATION_TTL_S, list(below.ds))

    def _record(self, record: Record, managed: gcp.dns.ManagedZone) -> None:
        args = self._args
        self._set(
            f"{record.zone}-{_word(record.label)}-{record.type.lower()}",
            managed,
            f"{host_name(record.zone, record.label, args.domains)}.",
            record.type.value,
            record.ttl_s,
            [record_data(record, value, args.domains, args.settings) for value in record.values],
        )

    def _dkim(self, managed: gcp.dns.ManagedZone) -> None:
        for dkim in self._args.settings.dkim:
            self._set(
                f"site-dkim-{dkim.selector}",
                managed,
                f"{dkim.selector}._domainkey.{self._args.domains.site}.",
                RecordType.CNAME.value,
                MAIL_TTL_S,
                [f"{dkim.target}."],
            )


def record_data(record: Record, value: str, domains: Domains, settings: DnsSettings) -> str:
    """A catalogue value as Cloud DNS takes it: placeholders filled, host names absolute, long texts in pieces.

    Raises SettingsError for a placeholder that nothing fills.
    """
    known = {
        "domain": domain_of(record.zone, domains),
        "mx_host": f"{settings.mx_host}.",
        "mta_sts_id": settings.mta_sts_id,
    }
    if unknown := sorted(set(_PLACEHOLDER.findall(value)) - set(known)):
        raise SettingsError(
            f"Record {record.type} {record.label or '@'} of zone {record.zone} has {{{', '.join(unknown)}}}, which "
            f"nothing fills: it would be published as it stands. Write one of {', '.join(known)}."
        )
    filled = _PLACEHOLDER.sub(lambda match: known[match[1]], value)
    return _quoted(filled) if record.type is RecordType.TXT else filled


def _quoted(text: str) -> str:
    """A text as quoted strings of at most 255 bytes each; readers put them together again without a space."""
    match = _QUOTED.match(text)
    plain = match[1] if match else text
    pieces = [plain[start : start + _LONGEST_STRING] for start in range(0, len(plain), _LONGEST_STRING)]
    return " ".join(f'"{piece}"' for piece in pieces)


def _word(label: str) -> str:
    """A label as part of a resource's name."""
    return {"": "apex", "*": "wildcard"}.get(label, label.replace(".", "-").replace("_", ""))
