"""Checkov's own checks of Kubernetes, on the objects that the program and its charts render.

It knows nothing of our rules: what it finds and nobody waived with a reason, our rules have missed. Charts from
elsewhere (cert-manager, the Prometheus operator) are one resource each and are not rendered, so not looked at.
"""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from coditect.graph.model import Graph, Node
from policies.controls import Framework
from policies.rule import all_rules
from policies.waivers import FILE, read
from tools import checkov

WAIVERS = read(FILE.with_name("checkov-waivers.yaml"))
STACKS = ("prod", "dev")


@dataclass(frozen=True)
class Answer:
    """What Checkov says about one stack's objects."""

    passed: int
    failed: tuple[tuple[str, str], ...]
    unreadable: int
    objects: int


def rendered(node: Node) -> bool:
    return node.type.startswith("kubernetes:") and not node.type.startswith("kubernetes:helm.sh/")


@pytest.fixture(scope="module", params=STACKS)
def answer(
    request: pytest.FixtureRequest, captured: Callable[[str], Graph], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Answer]:
    stack = str(request.param)
    directory = tmp_path_factory.mktemp(f"rendered-{stack}")
    return stack, ask(captured(stack), directory)


def ask(graph: Graph, directory: Path) -> Answer:
    """Writes a stack's Kubernetes objects as files, and asks Checkov about them."""
    nodes = [node for node in graph.resources if rendered(node)]
    for node in nodes:
        (directory / f"{node.name}.yaml").write_text(yaml.safe_dump(dict(node.inputs)), encoding="utf-8")
    done = subprocess.run(
        [
            checkov.find(),
            "-d",
            ".",
            "--framework",
            "kubernetes",
            "-o",
            "json",
            "--quiet",
            "--compact",
            "--skip-download",
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    return Answer(
        passed=told["summary"]["passed"],
        failed=tuple((check["check_id"], check["resource"]) for check in told["results"]["failed_checks"]),
        unreadable=told["summary"]["parsing_errors"],
        objects=len(nodes),
    )


def test_checkov_looks_at_every_object(answer: tuple[str, Answer]) -> None:
    _, told = answer

    assert told.unreadable == 0
    assert told.objects > 100
    assert told.passed > 10 * told.objects


def test_no_check_fails_but_for_waivers_with_a_reason(answer: tuple[str, Answer]) -> None:
    stack, told = answer
    waivers = [waiver for waiver in WAIVERS if stack in waiver.stacks]

    found = [
        (check, resource)
        for check, resource in told.failed
        if not any(waiver.rule == check and fnmatchcase(resource, waiver.resource) for waiver in waivers)
    ]
    assert found == []


def test_no_waiver_is_left_that_nothing_needs(answer: tuple[str, Answer]) -> None:
    stack, told = answer

    needless = [
        (waiver.rule, waiver.resource)
        for waiver in WAIVERS
        if stack in waiver.stacks
        and not any(waiver.rule == check and fnmatchcase(resource, waiver.resource) for check, resource in told.failed)
    ]
    assert needless == []


def test_checkov_sees_a_pod_that_runs_as_root(tmp_path: Path) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": "gateway"},
        "spec": {"containers": [{"name": "root", "image": "x", "securityContext": {"privileged": True}}]},
    }
    node = Node(
        urn="urn:pulumi:prod::coditect::kubernetes:core/v1:Pod::root",
        type="kubernetes:core/v1:Pod",
        name="root",
        is_component=False,
        inputs=pod,  # type: ignore[arg-type]  # a literal of nested dicts is JSON
        outputs={},
        parent=None,
    )
    told = ask(Graph(stack="prod", project="coditect", nodes={node.urn: node}), tmp_path)

    assert {"CKV_K8S_16", "CKV_K8S_20"} <= {check for check, _ in told.failed}


def test_every_check_that_a_rule_names_is_one_of_the_pinned_checkov() -> None:
    home = checkov.find().parent.parent
    there = {
        check
        for kind in ("*.py", "*.yaml", "*.json")
        for file in home.glob(f"lib/python3*/site-packages/checkov/**/{kind}")
        for check in re.findall(r"\bCKV2?_[A-Z0-9]+_\d+\b", file.read_text(encoding="utf-8", errors="ignore"))
    }

    named = {number for rule in all_rules() for number in rule.controls_of(Framework.CHECKOV)}
    assert named - there == set()
