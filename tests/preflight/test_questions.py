"""The commands that ask Google: each prints yes for a world as it must be, and no for any other, or for silence."""

import json
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from coditect.graph.model import Graph
from coditect.graph.urn import STACK_TYPE
from coditect.graph.values import JsonObject
from coditect.preflight.model import Kind, Prerequisite, State
from coditect.preflight.prerequisites import prerequisites
from coditect.preflight.quotas import Need, table
from infra import releases
from tests.infra.test_settings import loaded, written
from tests.missing import missing
from tests.preflight.test_quotas import graph, node

ALLOW_ALL = {"spec": {"rules": [{"allowAll": True}]}}
DENY_ALL = {"spec": {"rules": [{"denyAll": True}]}}
GOOGLE = "under:organizations/433637338589"
NAME_SERVERS = "ns-cloud-a1.googledomains.com.;ns-cloud-a2.googledomains.com."


def with_one_secret() -> Graph:
    secret = node(
        "gcp:secretmanager/secret:Secret",
        "secrets-jwt-keys",
        {"secretId": "coditect-prod-jwt-keys", "annotations": {"purpose": "HMAC keys"}},
    )
    by_hand: JsonObject = {
        "secrets_by_hand": {"projects/coditect-cloud-infra/secrets/coditect-prod-jwt-keys": "generated"}
    }
    return graph(replace(node(STACK_TYPE, "coditect-prod", {}), outputs=by_hand), secret)


def asked() -> dict[str, Prerequisite]:
    """What production asks, by name; of the quotas, one of a region and one of the project."""
    needs = (
        Need(quota=table().of("SSD_TOTAL_GB"), region="us-central1", first=910, most=1610),
        Need(quota=table().of("SECURITY_POLICY_CEVAL_RULES"), region="", first=35, most=35),
    )
    found = prerequisites(
        loaded("prod", written("prod")), graph=with_one_secret(), releases=releases.load("prod"), needs=needs
    )
    return {one.name: one for one in found if one.state is State.ASK}


QUESTIONS = asked()


def quotas(limit: float) -> str:
    return json.dumps({"quotas": [{"metric": one.split(" ")[0], "limit": limit} for one in QUESTIONS]})


def bucket(**changed: object) -> str:
    as_it_must_be = {"location": "US", "versioning_enabled": True, "uniform_bucket_level_access": True}
    return json.dumps(as_it_must_be | changed)


def allowed(*values: str) -> str:
    return json.dumps({"spec": {"rules": [{"values": {"allowedValues": values}}]}})


def denied(*values: str) -> str:
    return json.dumps({"spec": {"rules": [{"values": {"deniedValues": values}}]}})


def answer(question: str, directory: Path, said: str, *, code: int = 0, customer: str = "C01abc") -> str:
    """What a command prints where Google, GitHub and the DNS say the same to whatever they are asked."""
    if shutil.which("jq") is None:
        missing("jq is not installed.", remedy="Debian has it as `jq`.")
    for program in ("gcloud", "gh"):
        script(
            directory / program,
            f'case "$*" in "organizations list"*) echo {customer}; exit;; esac\ncat <<"END"\n{said}\nEND\nexit {code}',
        )
    script(directory / "dig", f"tr ';' '\\n' <<'END'\n{said}\nEND")
    command = QUESTIONS[question].command
    assert command is not None
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        env={"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize("question", QUESTIONS)
def test_silence_is_a_no(question: str, tmp_path: Path) -> None:
    assert answer(question, tmp_path, "", code=1) == "no\n"


RIGHT = {
    "application-default": ("a-token",),
    "group:gke-security-groups@coditect.com": ("name: groups/1",),
    "group:platform-security@coditect.com": ("name: groups/2",),
    "groups in gke-security-groups": ("groups/1/memberships/2",),
    "iam.allowedPolicyMemberDomains": (json.dumps(ALLOW_ALL), "{}", allowed("is:C01abc", "C09xyz"), allowed("C01abc")),
    "gcp.resourceLocations": (
        json.dumps(ALLOW_ALL),
        "{}",
        allowed("in:us-locations"),
        allowed("us", "us-east1", "in:us-central1-locations"),
        denied("europe-west1"),
    ),
    "compute.restrictVpcPeering": (json.dumps(ALLOW_ALL), allowed("under:organizations/1", GOOGLE)),
    "compute.restrictLoadBalancerCreationForTypes": (allowed("in:EXTERNAL"), denied("INTERNAL_TCP_UDP")),
    "iam.workloadIdentityPoolProviders": (allowed("https://token.actions.githubusercontent.com"),),
    "project number": ("410000000003",),
    "billing": ("True",),
    "serviceusage.googleapis.com": ("serviceusage.googleapis.com",),
    "cloudresourcemanager.googleapis.com": ("cloudresourcemanager.googleapis.com",),
    "gs://coditect-cloud-infra-pulumi-state": (bucket(),),
    "projects/coditect-cloud-infra/locations/us/keyRings/pulumi-state/cryptoKeys/secrets": ("ENCRYPT_DECRYPT",),
    "environment": ('{"name": "prod"}',),
    **{name: (quotas(1e6),) for name, one in QUESTIONS.items() if one.kind is Kind.QUOTA},
    **{name: ("ENABLED",) for name, one in QUESTIONS.items() if one.kind is Kind.SECRET},
    **{name: (NAME_SERVERS,) for name, one in QUESTIONS.items() if one.kind is Kind.DELEGATION},
}
WRONG = {
    "iam.allowedPolicyMemberDomains": (json.dumps(DENY_ALL), allowed("is:C09xyz")),
    "gcp.resourceLocations": (json.dumps(DENY_ALL), allowed("in:europe-locations"), denied("us-central1")),
    "compute.restrictVpcPeering": (json.dumps(DENY_ALL), allowed("under:organizations/1")),
    "compute.restrictLoadBalancerCreationForTypes": (allowed("in:INTERNAL"), denied("in:EXTERNAL")),
    "iam.workloadIdentityPoolProviders": (allowed("https://sts.windows.net/1"),),
    "project number": ("410000000004",),
    "billing": ("False",),
    "gs://coditect-cloud-infra-pulumi-state": (
        bucket(location="US-CENTRAL1"),
        bucket(versioning_enabled=False),
        bucket(uniform_bucket_level_access=None),
    ),
    "projects/coditect-cloud-infra/locations/us/keyRings/pulumi-state/cryptoKeys/secrets": ("ASYMMETRIC_SIGN",),
    "coditect-prod-jwt-keys": ("DISABLED",),
    **{name: (quotas(1), "{}") for name, one in QUESTIONS.items() if one.kind is Kind.QUOTA},
}


def test_a_right_answer_is_known_to_each_question() -> None:
    assert RIGHT.keys() == QUESTIONS.keys()


@pytest.mark.parametrize(("question", "said"), [(q, said) for q, answers in RIGHT.items() for said in answers])
def test_the_world_as_it_must_be_is_a_yes(question: str, said: str, tmp_path: Path) -> None:
    assert answer(question, tmp_path, said) == "yes\n"


@pytest.mark.parametrize(("question", "said"), [(q, said) for q, answers in WRONG.items() for said in answers])
def test_any_other_world_is_a_no(question: str, said: str, tmp_path: Path) -> None:
    assert answer(question, tmp_path, said) == "no\n"


def test_a_zone_that_others_serve_is_not_delegated(tmp_path: Path) -> None:
    question = QUESTIONS["NS of coditect.com"].command
    assert question is not None
    script(tmp_path / "gcloud", f"echo '{NAME_SERVERS}'")
    script(tmp_path / "dig", "echo ns1.registrar.example.")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["/bin/bash", "-c", question], env={"PATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout == "no\n"
