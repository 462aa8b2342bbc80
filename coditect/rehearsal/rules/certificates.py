"""A managed certificate is created at once and becomes ACTIVE only when the world can see who owns the domain."""

from collections.abc import Iterator

from coditect.graph.values import items, text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import CERTIFICATE, DNS_AUTHORIZATION, RECORD, ZONE


def _zone_of(name: str, world: World) -> Thing | None:
    """The public zone with the longest name that a domain is in."""
    zones = [
        zone
        for zone in world.things(ZONE)
        if text(zone.inputs, "visibility") != "private"
        and (f"{name}." == text(zone.inputs, "dnsName") or f"{name}.".endswith(f".{text(zone.inputs, 'dnsName')}"))
    ]
    return max(zones, key=lambda zone: len(text(zone.inputs, "dnsName")), default=None)


def is_delegated(zone: Thing, world: World) -> bool:
    """Whether resolvers find a zone: the registrar names it, or a delegated zone above has its NS records."""
    name = text(zone.inputs, "dnsName")
    return name.rstrip(".") in world.surroundings.delegated_domains or any(
        text(record.inputs, "type") == "NS"
        and text(record.inputs, "name") == name
        and text(record.inputs, "managedZone")
        for record in world.things(RECORD)
        if not zone.id.endswith(f"/{text(record.inputs, 'managedZone')}")
    )


def _never_active(request: Request, world: World) -> Iterator[str]:
    for named in items(request.inputs, "managed", "dnsAuthorizations"):
        authorization = world.find(DNS_AUTHORIZATION, str(named))
        if authorization is None:
            yield f"{request.name} stays PROVISIONING: there is no authorisation {named}"
            continue
        domain = text(authorization.inputs, "domain")
        challenge = f"_acme-challenge.{domain}."
        if not any(
            text(record.inputs, "name") == challenge and text(record.inputs, "type") == "CNAME"
            for record in world.things(RECORD)
        ):
            yield f"{request.name} stays PROVISIONING: no record {challenge} proves who owns {domain}"
        zone = _zone_of(domain, world)
        if zone is None:
            yield f"{request.name} stays PROVISIONING: no zone here holds {domain}"
        elif not is_delegated(zone, world):
            yield (
                f"{request.name} stays PROVISIONING: nobody delegates {text(zone.inputs, 'dnsName')} to this zone's "
                "name servers. Write NS and DS records into the zone above, or tell the registrar"
            )


RULES = (
    Rule(
        name="certificate-active",
        says="A managed certificate becomes ACTIVE when its domain is delegated and its authorisation record stands.",
        source="https://cloud.google.com/certificate-manager/docs/dns-authorizations",
        types=frozenset({CERTIFICATE}),
        operations=frozenset({Operation.SETTLE}),
        reasons=_never_active,
    ),
)
