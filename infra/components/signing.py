"""The key that signs license leases: RSASSA-PSS, RSA-4096, SHA-256, salt of 32 bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component, known_after
from infra.settings import SettingsError
from infra.settings.stores import Signing as SigningSize

ALGORITHM = "RSA_SIGN_PSS_4096_SHA256"

# Cloud KMS holds a version that was ordered destroyed for at most 120 days, whatever the grace.
_LONGEST_DESTRUCTION_DAYS = 120
_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class SigningArgs:
    """What the signing key needs to know.

    signers: address by name of those who may sign.
    verifiers: address by name of those who only read the public key.
    administrators: members (`group:…`) who administer the ring. Who administers a key must not use it (CIS GCP 1.11).
    protect: whether deleting the key is refused. Every lease would become unverifiable with it.
    """

    prefix: str
    project_id: str
    size: SigningSize
    signers: Mapping[str, pulumi.Input[str]]
    verifiers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    administrators: tuple[str, ...] = ()
    protect: bool

    def __post_init__(self) -> None:
        if not self.signers:
            raise SettingsError("signing.signers is empty: no lease could be signed. Name the license back end.")
        if wrong := [member for member in self.administrators if not member.startswith("group:")]:
            raise SettingsError(
                f"signing.administrators: {', '.join(wrong)} is not a group: an account that administers the key could "
                "also be one that signs with it (CIS GCP 1.11). Write a group of people: group:security@example.com."
            )


class Signing(Component):
    """Key ring, key and its versions; in a standby, leave to sign with another stack's.

    key_id: projects/…/cryptoKeys/…. key_version_id: the newest version, which signs; older ones verify until an
    operator disables them (docs/runbooks/key-rotation.md). public_key_pem: of that newest version.
    """

    key_id: pulumi.Output[str]
    key_version_id: pulumi.Output[str]
    public_key_pem: pulumi.Output[str]
    algorithm: pulumi.Output[str]

    def __init__(self, name: str, args: SigningArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        if args.size.existing_ring is None:
            self.key_id, self.key_version_id = self._create()
        else:
            key = (
                f"projects/{args.project_id}/locations/{args.size.location}/keyRings/{args.size.existing_ring}"
                f"/cryptoKeys/{_key_name(args.size.existing_ring)}"
            )
            self.key_id = pulumi.Output.from_input(key)
            self.key_version_id = pulumi.Output.from_input(f"{key}/cryptoKeyVersions/{args.size.versions}")
        grants = self._grant()
        # Known only once the version and the grants exist: the first preview does not ask Google for either.
        newest = known_after(self.key_version_id, *(grant.id for grant in grants))
        self.public_key_pem = gcp.kms.get_kms_crypto_key_version_output(
            crypto_key=newest.apply(lambda version: version.split("/cryptoKeyVersions/")[0]),
            version=newest.apply(lambda version: int(version.rsplit("/", 1)[1])),
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).public_keys.apply(lambda keys: keys[0].pem)
        self.algorithm = pulumi.Output.from_input(ALGORITHM)
        self.finish()

    def _create(self) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        args = self._args
        keep = pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)
        ring = gcp.kms.KeyRing(
            self.child("ring"),
            name=f"{args.prefix}-signing",
            location=args.size.location,
            project=args.project_id,
            # A key ring can never be deleted: Google keeps its name for ever.
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=True)),
        )
        for administrator in args.administrators:
            gcp.kms.KeyRingIAMMember(
                self.child(f"administrator-{administrator.removeprefix('group:')}"),
                key_ring_id=ring.id,
                role="roles/cloudkms.admin",
                member=administrator,
                opts=self.under(),
            )
        key = gcp.kms.CryptoKey(
            self.child("key"),
            name=_key_name(f"{args.prefix}-signing"),
            key_ring=ring.id,
            purpose="ASYMMETRIC_SIGN",
            # Signing keys do not rotate by themselves: clients must be able to learn the next one first.
            skip_initial_version_creation=True,
            destroy_scheduled_duration=(
                f"{min(args.size.rotation_grace_days, _LONGEST_DESTRUCTION_DAYS) * _DAY_SECONDS}s"
            ),
            version_template=gcp.kms.CryptoKeyVersionTemplateArgs(
                algorithm=ALGORITHM, protection_level=args.size.protection.value
            ),
            labels=self.labels(),
            opts=self.under(keep),
        )
        versions: list[gcp.kms.CryptoKeyVersion] = []
        for number in range(1, args.size.versions + 1):
            # Google numbers versions in the order they are made: one after the other, or the newest would be any.
            after = pulumi.ResourceOptions(depends_on=versions[-1:])
            versions.append(
                gcp.kms.CryptoKeyVersion(
                    self.child(f"version-{number}"),
                    crypto_key=key.id,
                    # No state: disabling a retired version is an operator's step, and an update must not undo it.
                    opts=self.under(pulumi.ResourceOptions.merge(keep, after)),
                )
            )
        return key.id, versions[-1].name

    def _grant(self) -> list[gcp.kms.CryptoKeyIAMMember]:
        args = self._args
        rights = [(name, email, "signer") for name, email in args.signers.items()]
        # A signer asks which versions are enabled, so that a new one signs without a deployment.
        rights += [(name, email, "viewer") for name, email in args.signers.items()]
        rights += [(name, email, "publicKeyViewer") for name, email in {**args.signers, **args.verifiers}.items()]
        return [
            gcp.kms.CryptoKeyIAMMember(
                self.child(f"{name}-{right}"),
                crypto_key_id=self.key_id,
                role=f"roles/cloudkms.{right}",
                member=pulumi.Output.concat("serviceAccount:", email),
                opts=self.under(),
            )
            for name, email, right in rights
        ]


def _key_name(ring: str) -> str:
    """Name of the one key of a ring: a standby knows the ring alone."""
    return f"{ring}-key"
