"""The first pass of a first deployment: all that a second one needs, and nothing that reads what nobody has filled."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from coditect.cost import book, usage
from coditect.cost.bill import bill
from coditect.drawing.picture import picture
from coditect.graph import inventory
from coditect.graph.capture import capture
from coditect.graph.forms import INVOKES
from coditect.graph.model import Graph, Node
from coditect.graph.monitor import CaptureError
from coditect.graph.urn import STACK_TYPE
from coditect.graph.values import text
from coditect.plan.document import document
from coditect.plan.model import plan
from coditect.policy.evaluate import evaluate
from infra.settings import Settings, SettingsError
from tests.graphs import graph_of
from tests.infra.test_settings import changed, loaded, written

SECRET = "gcp:secretmanager/secret:Secret"
SECRET_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
READ_A_VERSION = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"
DEPLOYED = ("dev", "staging", "prod", "dr")
EVERY_DEPLOYED_STACK = pytest.mark.parametrize("stack", DEPLOYED)


def settings_of(stack: str) -> Settings:
    return loaded(stack, changed(stack, "secrets.filled", value=False))


@cache
def first_pass(stack: str) -> Graph:
    """The graph of a stack whose settings say that no secret is filled."""
    with TemporaryDirectory() as directory:
        path = Path(directory, f"Pulumi.{stack}.yaml")
        path.write_text(yaml.safe_dump({"config": changed(stack, "secrets.filled", value=False)}))
        return capture(stack, directory=path.parent)


def own(graph: Graph) -> dict[str, Node]:
    """Everything but the stack itself, whose outputs differ between the passes."""
    return {urn: node for urn, node in graph.nodes.items() if node.type != STACK_TYPE}


def mounted(graph: Graph) -> set[str]:
    """Full names of the secrets that pods mount."""
    return {
        entry["resourceName"].rpartition("/versions/")[0]
        for node in graph.of_type(SECRET_CLASS)
        for entry in yaml.safe_load(text(node.inputs, "spec", "parameters", "secrets"))
    }


@EVERY_DEPLOYED_STACK
def test_the_first_pass_asks_for_no_version_of_a_secret(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever asks for a version gets no answer, as from Google while there is none.
    monkeypatch.delitem(INVOKES, READ_A_VERSION)
    first_pass.__wrapped__(stack)


def test_the_second_pass_of_production_does_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(INVOKES, READ_A_VERSION)
    with pytest.raises(CaptureError, match="getSecretVersionAccess"):
        capture("prod")


@EVERY_DEPLOYED_STACK
def test_no_pod_runs_before_the_secrets_are_filled(stack: str) -> None:
    assert mounted(graph_of(stack))
    assert [node.urn for node in first_pass(stack).nodes.values() if node.type.startswith("kubernetes:")] == []


@EVERY_DEPLOYED_STACK
def test_the_second_pass_keeps_all_that_the_first_one_made(stack: str) -> None:
    first, whole = own(first_pass(stack)), own(graph_of(stack))
    assert {urn: whole.get(urn) for urn in first} == first
    assert len(first) < len(whole)


@EVERY_DEPLOYED_STACK
def test_every_secret_and_the_place_for_images_stand_after_the_first_pass(stack: str) -> None:
    first, whole = first_pass(stack), graph_of(stack)
    repository = "gcp:artifactregistry/repository:Repository"
    for kind in (
        SECRET,
        SECRET_VERSION,
        repository,
        "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
    ):
        assert first.of_type(kind) == whole.of_type(kind)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_first_pass_says_exactly_what_somebody_must_fill(stack: str) -> None:
    told = first_pass(stack).root.outputs["secrets_by_hand"]
    assert isinstance(told, dict)
    whole = graph_of(stack)
    made = {text(node.inputs, "secret") for node in whole.of_type(SECRET_VERSION)}
    by_the_program = {name for name in told if name not in mounted(whole)}
    assert set(told) - by_the_program == mounted(whole) - made
    expected: dict[str, set[str]] = {
        "dev": set(),
        "staging": {"google-oauth-client-secret", "github-oauth-client-secret"},
        "prod": {"google-oauth-client-secret", "github-oauth-client-secret", "pagerduty-service-key"},
    }
    assert {name.partition(f"-{stack}-")[2] for name in by_the_program} == expected[stack]
    assert set(told.values()) == {"operator", "generated"}
    assert whole.root.outputs["secrets_by_hand"] == told


def test_a_standby_has_nothing_to_fill() -> None:
    assert first_pass("dr").root.outputs["secrets_by_hand"] == {}


def test_on_one_machine_secrets_are_always_filled() -> None:
    with pytest.raises(SettingsError, match="nobody fills secrets"):
        settings_of("local")


@EVERY_DEPLOYED_STACK
@pytest.mark.parametrize(
    "reader",
    [
        lambda graph, settings: document(plan(graph, settings, inventory.committed(graph.stack))),
        lambda graph, _: bill(graph, usage.load(graph.stack), book.load()),
        lambda graph, settings: picture(graph, settings),
        lambda graph, _: evaluate(graph, today=datetime.now(UTC).date()),
    ],
    ids=["plan", "cost", "picture", "policy"],
)
def test_every_reader_understands_the_first_pass(stack: str, reader: Callable[[Graph, Settings], object]) -> None:
    assert reader(first_pass(stack), settings_of(stack))


@EVERY_DEPLOYED_STACK
def test_what_the_rules_miss_in_the_first_pass_is_only_what_the_second_one_brings(stack: str) -> None:
    found = evaluate(first_pass(stack), today=datetime.now(UTC).date())
    # An alert names its channels, and one of these waits for PagerDuty's key.
    assert {finding.rule.id for finding in found.mandatory} <= {"alerts-on-changes"}


@EVERY_DEPLOYED_STACK
def test_a_stack_whose_file_says_nothing_has_its_secrets_filled(stack: str) -> None:
    assert "filled" not in str(written(stack)["coditect:secrets"])
    assert loaded(stack, written(stack)).secrets.filled
