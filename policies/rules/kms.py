"""Rules of keys."""

from policies.controls import ckv, gcp, gdpr, pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.iam import KeyGrant
from policies.views.kms import Key

DAY = 86_400
LONGEST_ROTATION = 90 * DAY
SHORTEST_GRACE = 7 * DAY
ADMINISTRATION = frozenset({"roles/cloudkms.admin", "roles/owner", "roles/editor"})
USE = frozenset(
    {
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "roles/cloudkms.cryptoKeyEncrypter",
        "roles/cloudkms.cryptoKeyDecrypter",
        "roles/cloudkms.signer",
        "roles/cloudkms.signerVerifier",
        "roles/cloudkms.cryptoOperator",
    }
)
SIGNING_ALGORITHMS = frozenset({"RSA_SIGN_PSS_4096_SHA256", "RSA_SIGN_PSS_4096_SHA512"})


@rule(
    "kms-rotation",
    Key,
    gcp("1.10"),
    ckv("CKV_GCP_43"),
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="The less one version encrypts, the less is lost with it.",
    fix="Set rotationPeriod to 7776000s (90 days) or less.",
)
def rotation(key: Key) -> Broken:
    """Symmetric keys get a new version every 90 days."""
    if not key.is_symmetric:
        return
    period = key.rotation_seconds
    if period is None or period > LONGEST_ROTATION:
        yield "The key is never rotated." if period is None else f"The key is rotated every {period / DAY:g} days."


@rule(
    "kms-protected",
    Key,
    ckv("CKV_GCP_82"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="What a destroyed key encrypted is lost, backups included.",
    fix="Declare the key with protect=True.",
)
def protected(key: Key) -> Broken:
    """A key cannot be destroyed by a change of the program."""
    if not key.is_protected:
        yield "The key is not protected."


@rule(
    "kms-grace",
    Key,
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="A version that was destroyed by mistake can be brought back within this time and never after.",
    fix="Set destroyScheduledDuration to 7 days or more.",
)
def grace(key: Key) -> Broken:
    """A destroyed version can be brought back for a week and longer."""
    if key.grace_seconds < SHORTEST_GRACE:
        yield f"A destroyed version is gone after {key.grace_seconds / DAY:g} days."


@rule(
    "kms-signing-hardware",
    Key,
    soc2("CC6.1"),
    why="Whoever copies the signing key makes licenses that nobody can tell from ours: hardware cannot be copied.",
    fix="Set versionTemplate.protectionLevel to HSM.",
)
def signing_hardware(key: Key) -> Broken:
    """Signing keys stand in hardware."""
    if key.signs and key.protection_level != "HSM":
        yield f"The signing key stands in {key.protection_level or 'SOFTWARE'}."


@rule(
    "kms-signing-algorithm",
    Key,
    soc2("CC6.1"),
    why="Clients verify leases with RSA-4096 and PSS; a shorter key or an older padding is a weaker promise.",
    fix="Set versionTemplate.algorithm to RSA_SIGN_PSS_4096_SHA256.",
)
def signing_algorithm(key: Key) -> Broken:
    """Signing keys are RSA-4096 with PSS."""
    if key.signs and key.algorithm not in SIGNING_ALGORITHMS:
        yield f"The algorithm is {key.algorithm or 'not set'}."


@rule(
    "kms-public",
    KeyGrant,
    gcp("1.9"),
    ckv("CKV_GCP_112", "CKV2_GCP_6"),
    soc2("CC6.1"),
    gdpr("32(1)(b)"),
    why="A key that everyone may use encrypts nothing.",
    fix="Name the members.",
)
def public(grant: KeyGrant) -> Broken:
    """No key is open to everyone."""
    if grant.is_public:
        yield f"{grant.role} is granted to everyone."


@relation(
    "kms-separation",
    KeyGrant,
    gcp("1.11"),
    soc2("CC5.1", "CC6.3"),
    pci("7.2.2"),
    why="Who can both give and use a key needs nobody's consent to read everything or to sign a license.",
    fix="Let one identity administer the ring, and others use its keys.",
)
def separation(grant: KeyGrant, stack: Stack) -> Broken:
    """Who administers keys does not use them."""
    if grant.role not in ADMINISTRATION:
        return
    for other in stack.of(KeyGrant):
        if other.role in USE and _reaches(grant, other):
            for member in sorted(set(grant.members).intersection(other.members)):
                yield f"{member} administers and has {other.role} on {other.target_name}."


def _reaches(grant: KeyGrant, other: KeyGrant) -> bool:
    """A right on a ring is one on each of its keys, and a right on the key may be given by the ring's administrator."""
    one, two = f"{grant.target}/", f"{other.target}/"
    return one.startswith(two) or two.startswith(one)
