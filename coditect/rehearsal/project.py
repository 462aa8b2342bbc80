"""The project as it is handed over: empty, but for what people make by hand before the first deployment."""

from collections.abc import Iterator

from coditect.graph.model import Graph
from coditect.graph.values import JsonObject, text
from coditect.preflight.google import FIRST_APIS, principals
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.shelf import MemoryShelf, Thing
from coditect.rehearsal.surroundings import Surroundings
from coditect.rehearsal.types import BUCKET, KEY, KEY_RING, RECORD, SECRET, SECRET_VERSION
from infra.settings import Settings
from infra.settings.state import state_bucket, state_key

_BY_HAND = "urn:by-hand"


def surroundings(settings: Settings, others: tuple[Graph, ...]) -> Surroundings:
    """What stands around a stack, as `coditect preflight` asks for it.

    others: graphs of stacks that may hold the zones above this one's.
    """
    google, domains = settings.google, (settings.domains.site, settings.domains.apps)
    below = {domain for domain in domains if any(_holds(graph, domain) for graph in others)}
    return Surroundings(
        projects={google.project: google.project_number},
        domain=google.organization_domain,
        enabled_apis=frozenset(FIRST_APIS),
        principals=principals(settings),
        # A domain below no other of ours is the registrar's to delegate; the others are a record of ours.
        delegated_domains=frozenset(set(domains) - below)
        | frozenset(domain for domain in below if any(_delegates(graph, domain) for graph in others)),
    )


def _holds(graph: Graph, domain: str) -> bool:
    """Whether a zone of another stack is above a domain."""
    zones = graph.of_type("gcp:dns/managedZone:ManagedZone")
    return any(
        f"{domain}.".endswith(f".{text(zone.inputs, 'dnsName')}") and text(zone.inputs, "visibility") != "private"
        for zone in zones
    )


def _delegates(graph: Graph, domain: str) -> bool:
    return any(
        text(record.inputs, "type") == "NS" and text(record.inputs, "name") == f"{domain}."
        for record in graph.of_type(RECORD)
    )


def made_by_hand(project: str) -> Iterator[Thing]:
    """What people make in a project before its first stack: the place of Pulumi's state, and its key."""
    key = state_key(project)
    ring = key.partition("/cryptoKeys/")[0]
    for type_, id_, inputs in (
        (BUCKET, state_bucket(project), {}),
        (KEY_RING, ring, {}),
        (KEY, key, {"keyRing": ring}),
    ):
        named: JsonObject = {"name": id_.rpartition("/")[2], **inputs}
        yield Thing(type=type_, id=id_, urn=f"{_BY_HAND}::{id_}", inputs=named)


def empty(settings: Settings) -> MemoryShelf:
    """A project in which nothing is but what people make by hand."""
    shelf = MemoryShelf()
    cloud = Cloud(shelf, rules=())
    for thing in made_by_hand(settings.google.project):
        cloud.create(thing)
    return shelf


def fill_secrets(cloud: Cloud) -> int:
    """Writes a first version of each secret that has none, as people do between the passes. Gives their number."""
    written = {text(version.inputs, "secret") for version in cloud.things(SECRET_VERSION)}
    unwritten = [secret for secret in cloud.things(SECRET) if secret.id not in written]
    for secret in unwritten:
        version = f"{secret.id}/versions/1"
        cloud.create(Thing(type=SECRET_VERSION, id=version, urn=f"{_BY_HAND}::{version}", inputs={"secret": secret.id}))
    return len(unwritten)
