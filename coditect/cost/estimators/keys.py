"""Cloud KMS and Secret Manager: versions that exist, and operations on them."""

from collections.abc import Iterator
from decimal import Decimal

from coditect.cost.estimate import Free, Gap, Kind, Line, Pricing
from coditect.cost.estimators.places import by_name, is_first
from coditect.graph.model import Graph, Node
from coditect.graph.values import items, members, text

KEY = "gcp:kms/cryptoKey:CryptoKey"
VERSION = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a resource type
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - a resource type

TEN_THOUSAND = Decimal(10_000)


def crypto_key(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """A key that rotates by itself has versions that no resource shows; one that signs has a resource for each."""
    usage = pricing.usage
    if _signs(node):
        if (item := _item(node)) is None:
            yield Gap(what=f"Signatures with {_algorithm(node)}: no rate found")
        else:
            yield pricing.used("Signatures", usage.signatures.value / TEN_THOUSAND, f"{item}.operation")
        return
    if text(node.inputs, "versionTemplate", "protectionLevel") not in {"", "SOFTWARE"}:
        yield Gap(what="A symmetric key in hardware: no rate found")
        return
    versions = usage.versions_of_a_rotated_key.value if text(node.inputs, "rotationPeriod") else Decimal(1)
    yield pricing.fixed(f"{versions:g} versions", versions, "kms.software.version")
    encrypting = next(key for key in by_name(graph, KEY) if not _signs(key))
    if encrypting is node:
        yield pricing.used(
            "Operations of all keys that encrypt", usage.encryptions.value / TEN_THOUSAND, "kms.software.operation"
        )


def key_version(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """One version of a signing key."""
    ending = text(node.inputs, "cryptoKey").rpartition("/")[2]
    key = next((key for key in graph.of_type(KEY) if text(key.inputs, "name") == ending), None)
    item = _item(key) if key is not None else None
    if item is None:
        yield Gap(what="A key version of an algorithm or protection without a rate")
    elif item == "kms.software":
        yield pricing.fixed("Version", Decimal(1), f"{item}.version")
    else:
        yield from pricing.metered("Version in hardware", Decimal(1), f"{item}.version", Kind.FIXED)


def _signs(key: Node) -> bool:
    return text(key.inputs, "purpose") == "ASYMMETRIC_SIGN"


def _algorithm(key: Node) -> str:
    return text(key.inputs, "versionTemplate", "algorithm")


def _item(key: Node) -> str | None:
    """Start of the price book's items for a signing key; None where only other algorithms have a rate."""
    if not (_algorithm(key).startswith("RSA_SIGN_") and "_4096_" in _algorithm(key)):
        return None
    return {"HSM": "kms.hsm-rsa-4096", "SOFTWARE": "kms.software"}.get(
        text(key.inputs, "versionTemplate", "protectionLevel")
    )


def secret(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """Versions times locations; automatic replication counts as one location. Six are free, over the whole stack."""
    usage = pricing.usage
    replicas = items(members(node.inputs, "replication", "userManaged"), "replicas")
    places = max(1, len(replicas))
    copies = usage.versions_of_a_secret.value * places
    yield from pricing.metered(f"Versions in {places} locations", copies, "secret.version", Kind.FIXED)
    if is_first(node, graph):
        reads = usage.secret_accesses.value / TEN_THOUSAND
        yield from pricing.metered("Accesses to all secrets", reads, "secret.access")


def secret_version(_node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Free]:
    yield Free(why="Counted with its secret, with all versions that rotation leaves.")


ESTIMATORS = {KEY: crypto_key, VERSION: key_version, SECRET: secret, SECRET_VERSION: secret_version}
