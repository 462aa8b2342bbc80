"""Rules of secrets."""

from policies.controls import gdpr, nsa, pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.iam import AccountGrant, SecretGrant
from policies.views.secret import Secret, SecretVersion

DAY = 86_400
LONGEST_ROTATION = 365 * DAY
READING = "roles/secretmanager.secretAccessor"
# A migration job is its service's own, before the service starts.
MIGRATION = "-migrate"


@rule(
    "secret-rotation",
    Secret,
    soc2("CC6.1"),
    pci("8.6.3"),
    why="A secret that leaked unnoticed is worth something until it is changed.",
    fix="Set rotation.rotationPeriod to at most 31536000s, and topics.",
)
def rotation(secret: Secret) -> Broken:
    """Every secret is due to be changed within a year, and somebody is told."""
    period = secret.rotation_seconds
    if period is None or period > LONGEST_ROTATION:
        yield "No rotation is due." if period is None else f"Rotation is due every {period / DAY:g} days."
    elif not secret.announces_rotation:
        yield "Nobody is told when a rotation is due."


@rule(
    "secret-key",
    Secret,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="Only a key of ours can be taken away from a secret that must not be read any more.",
    fix="Set customerManagedEncryption of every replica to the secret key of that region's ring.",
)
def key(secret: Secret) -> Broken:
    """Every copy of a secret is encrypted with a key of ours."""
    keys = secret.keys
    if not keys or not all(keys):
        yield "A copy has no key of ours."


@rule(
    "secret-location",
    Secret,
    gdpr("44"),
    soc2("C1.1"),
    why="Automatic replication stores the secret wherever Google has room.",
    fix="Set replication.userManaged with the platform's regions.",
)
def location(secret: Secret) -> Broken:
    """We say where a secret's copies stand."""
    if not secret.locations:
        yield "Copies stand wherever Google likes."


@rule(
    "secret-version-kept",
    SecretVersion,
    soc2("A1.2"),
    why="A version that is destroyed with a change of the program cannot be rolled back to.",
    fix="Set deletionPolicy to DISABLE.",
)
def version_kept(version: SecretVersion) -> Broken:
    """A replaced version is switched off, not destroyed."""
    if not version.is_disabled_not_destroyed:
        yield "The version is destroyed when it is replaced."


@relation(
    "secret-one-reader",
    SecretGrant,
    nsa("secrets"),
    soc2("CC6.3"),
    pci("7.2.5", "8.2.2"),
    why="A secret that two services read is lost when either is broken into, and nobody can say which.",
    fix="Make a secret for each service, and grant each its own.",
)
def one_reader(grant: SecretGrant, stack: Stack) -> Broken:
    """A secret is read by one service."""
    if grant.role != READING:
        return
    readers = {
        _service(member, stack)
        for other in stack.of(SecretGrant)
        if other.secret_name == grant.secret_name and other.role == READING
        for member in other.members
    }
    if len(readers) > 1:
        yield f"{grant.secret_name} is read by {len(readers)} identities: {', '.join(sorted(readers))}."


def _service(member: str, stack: Stack) -> str:
    """The workload whose pods act as the member; the member itself where no pod does."""
    for grant in stack.of(AccountGrant):
        if grant.account == member:
            for pod in grant.pods:
                return pod.removesuffix(MIGRATION)
    return member


@relation(
    "secret-readers-named",
    Secret,
    soc2("CC6.3"),
    pci("7.2.2"),
    why="A secret that nobody may read is either forgotten or read through a right on the whole project.",
    fix="Grant its reader, or drop the secret.",
)
def readers_named(secret: Secret, stack: Stack) -> Broken:
    """Every secret has a reader by name."""
    for grant in stack.of(SecretGrant):
        if grant.secret_name == secret.id and grant.role == READING and grant.members:
            return
    yield f"Nobody may read {secret.id}."
