"""The key that signs leases."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.graph.values import text
from infra.components.signing import Signing, SigningArgs
from infra.settings import SettingsError
from infra.settings.stores import Signing as SigningSize
from infra.settings.vocabulary import Protection

KEY = "gcp:kms/cryptoKey:CryptoKey"
VERSION = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
Captured = Callable[[str], Graph]
ARGS = SigningArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    size=SigningSize(protection=Protection.HSM, location="us", versions=3, rotation_grace_days=200),
    signers={"license-backend": "license@coditect-test.iam.gserviceaccount.com"},
    verifiers={"gateway-backend": "gateway@coditect-test.iam.gserviceaccount.com"},
    protect=True,
)


def signing(args: SigningArgs = ARGS) -> Graph:
    return capture("prod", program=lambda: Signing("signing", args))


def test_production_signs_with_pss_in_hardware(captured: Captured) -> None:
    key = captured("prod").find(KEY, "signing-key")
    assert key.input("purpose") == "ASYMMETRIC_SIGN"
    assert key.input("versionTemplate") == {"algorithm": "RSA_SIGN_PSS_4096_SHA256", "protectionLevel": "HSM"}


def test_only_the_license_back_end_may_sign(graph: Graph) -> None:
    signers = [n for n in graph.of_type(GRANT) if n.input("role") == "roles/cloudkms.signer"]
    assert [n.name for n in signers] == ["signing-license-backend-signer"]


def test_who_administers_the_ring_is_a_group_and_nobody_who_signs(captured: Captured) -> None:
    graph = captured("prod")
    administrators = graph.of_type("gcp:kms/keyRingIAMMember:KeyRingIAMMember")
    assert {n.input("role") for n in administrators} <= {"roles/cloudkms.admin"}
    assert all(text(n.inputs, "member").startswith("group:") for n in administrators)


def test_a_verifier_reads_the_public_key_and_cannot_sign() -> None:
    rights = {text(n.inputs, "role") for n in signing().of_type(GRANT) if "gateway" in text(n.inputs, "member")}
    assert rights == {"roles/cloudkms.publicKeyViewer"}


def test_versions_are_made_one_after_the_other_so_that_the_last_is_the_newest() -> None:
    graph = signing()
    versions = graph.of_type(VERSION)
    assert [n.name for n in versions] == ["signing-version-1", "signing-version-2", "signing-version-3"]
    for earlier, later in itertools.pairwise(versions):
        assert earlier.urn in later.dependencies


def test_an_operator_may_disable_a_retired_version_without_an_update_undoing_it() -> None:
    assert all(n.input("state") is None for n in signing().of_type(VERSION))


def test_a_destroyed_version_can_be_called_back_for_the_grace_but_no_longer_than_google_takes() -> None:
    assert signing().find(KEY, "signing-key").input("destroyScheduledDuration") == f"{120 * 86400}s"
    short = replace(ARGS, size=ARGS.size.model_copy(update={"rotation_grace_days": 30}))
    assert signing(short).find(KEY, "signing-key").input("destroyScheduledDuration") == f"{30 * 86400}s"


def test_key_ring_and_versions_are_protected(captured: Captured) -> None:
    for kind in ("gcp:kms/keyRing:KeyRing", KEY, VERSION):
        own = [n for n in captured("prod").of_type(kind) if n.name.startswith("signing-")]
        assert own
        assert all(n.protect and n.retain_on_delete for n in own)


def test_the_standby_signs_with_productions_key_and_makes_none(captured: Captured) -> None:
    graph = captured("dr")
    assert not [n for kind in (KEY, VERSION) for n in graph.of_type(kind) if n.name.startswith("signing-")]
    prod_key = text(captured("prod").find(GRANT, "signing-license-backend-signer").inputs, "cryptoKeyId")
    dr_key = text(graph.find(GRANT, "signing-license-backend-signer").inputs, "cryptoKeyId")
    assert dr_key.endswith("/keyRings/coditect-prod-signing/cryptoKeys/coditect-prod-signing-key")
    assert prod_key == dr_key


def test_nobody_to_sign_is_refused() -> None:
    with pytest.raises(SettingsError, match="no lease could be signed"):
        replace(ARGS, signers={})


def test_an_administrator_who_is_not_a_group_is_refused() -> None:
    with pytest.raises(SettingsError, match="is not a group"):
        replace(ARGS, administrators=("serviceAccount:license@coditect-test.iam.gserviceaccount.com",))
