"""Cloud Armor: what is refused before it reaches a pod."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, items, lookup, text
from infra.catalog import CATALOG
from infra.catalog.operations import RateLimit
from infra.components.armor import ArmorArgs, Policy, policy_of
from infra.components.edge_plan import plan
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from tests.graphs import STACKS

POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
Captured = Callable[[str], Graph]
ARGS = ArmorArgs(
    prefix="coditect-test", project_id="coditect-test", catalog=CATALOG, admin_allowed=("198.51.100.0/24",)
)


def policy(graph: Graph, kind: Policy) -> Node:
    return graph.find(POLICY, f"edge-armor-{kind}")


def rules(graph: Graph, kind: Policy) -> list[Json]:
    """Rules in order of evaluation."""
    return sorted(items(policy(graph, kind).inputs, "rules"), key=lambda rule: float(str(lookup(rule, "priority"))))


def alternatives(rule: Json) -> list[str]:
    """Subexpressions of a rule; none where it matches by addresses."""
    expression = text(rule, "match", "expr", "expression")
    return expression.split(" || ") if expression else []


def refused(graph: Graph, kind: Policy) -> list[str]:
    """What a policy denies, whichever of its rules says so."""
    return [part for rule in rules(graph, kind) if text(rule, "action") == "deny(403)" for part in alternatives(rule)]


def refuses_path(graph: Graph, kind: Policy, path: str) -> bool:
    """Whether an alternative of the form `request.path….contains('x')` refuses a path, as the rules language has it."""
    forms = (
        re.fullmatch(r"request\.path\.urlDecode\(\)\.lower\(\)\.contains\('(.*)'\)", part)
        for part in refused(graph, kind)
    )
    return any(form is not None and form[1] in unquote(path).lower() for form in forms)


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/login/", "/ADMIN/", "//admin", "/%61dmin", "/x/../admin", "/a%64min/"]
)
def test_no_spelling_of_a_staff_path_gets_through_a_public_host(captured: Captured, path: str) -> None:
    assert refuses_path(captured("prod"), Policy.SHARED, path)


@pytest.mark.parametrize("path", ["/api/v1/licenses/acquire", "/health", "/api/v1/keys"])
def test_the_license_api_itself_is_not_refused(captured: Captured, path: str) -> None:
    assert not refuses_path(captured("prod"), Policy.SHARED, path)


def test_staff_pages_open_for_the_allow_list_and_for_nobody_else(graph: Graph) -> None:
    allowing = [
        rule for rule in rules(graph, Policy.STAFF) if text(rule, "action") in {"allow", "throttle", "rate_based_ban"}
    ]
    assert len(allowing) == 1
    ranges = items(allowing[0], "match", "config", "srcIpRanges")
    assert ranges
    assert "*" not in ranges
    last = rules(graph, Policy.STAFF)[-1]
    assert (text(last, "action"), items(last, "match", "config", "srcIpRanges")) == ("deny(403)", ["*"])


def test_the_staff_host_is_guarded_by_the_staff_policy_and_a_shared_service_by_its_own() -> None:
    routing = plan(CATALOG, Domains(site="coditect.com", apps="coditect.ai"), cdn=True)
    found = {backend.name: policy_of(backend, CATALOG) for backend in routing.backends}
    assert found["license-backend-staff"] is Policy.STAFF
    assert found["license-backend"] is Policy.SHARED
    assert found["gateway-backend"] is Policy.PUBLIC
    assert found["ide-backend"] is found["ide-theia"] is Policy.CODE


@pytest.mark.parametrize("kind", list(Policy))
@pytest.mark.parametrize("stack", STACKS)
def test_the_critical_vulnerabilities_are_refused_and_not_only_watched(
    captured: Captured, stack: str, kind: Policy
) -> None:
    assert refused(captured(stack), kind).count("evaluatePreconfiguredExpr('cve-canary')") == 1
    assert not any(lookup(rule, "preview") for rule in rules(captured(stack), kind))


@pytest.mark.parametrize("kind", [Policy.PUBLIC, Policy.SHARED, Policy.STAFF])
def test_injections_are_refused_except_where_users_send_code(captured: Captured, kind: Policy) -> None:
    for attack in ("sqli", "xss", "lfi", "rfi", "rce"):
        rule = f"evaluatePreconfiguredWaf('{attack}-v33-stable', {{'sensitivity': 1}})"
        assert rule in refused(captured("prod"), kind)
        assert rule not in refused(captured("prod"), Policy.CODE)


@pytest.mark.parametrize("kind", list(Policy))
def test_attacks_on_the_protocol_are_refused_everywhere(captured: Captured, kind: Policy) -> None:
    for attack in ("protocolattack", "scannerdetection", "sessionfixation"):
        assert f"evaluatePreconfiguredWaf('{attack}-v33-stable', {{'sensitivity': 1}})" in refused(
            captured("prod"), kind
        )
    assert not any("methodenforcement" in expression for expression in refused(captured("prod"), kind))


def test_production_and_its_standby_fit_the_expression_rules_of_one_new_project(captured: Captured) -> None:
    """Compute Engine quota SECURITY_POLICY_CEVAL_RULES: 20 in a usual new project, over all its policies."""
    used = {
        stack: sum(bool(alternatives(rule)) for kind in Policy for rule in rules(captured(stack), kind))
        for stack in ("prod", "dr")
    }
    assert sum(used.values()) <= 20, used


def test_no_rule_is_larger_than_cloud_armor_takes(graph: Graph) -> None:
    """Cloud Armor's limits: 5 subexpressions and 2,048 characters; the provider's: 64 characters of description."""
    for kind in Policy:
        for rule in rules(graph, kind):
            assert len(alternatives(rule)) <= 5
            assert len(text(rule, "match", "expr", "expression")) <= 2048
            assert len(text(rule, "description")) <= 64


def test_the_catalogues_rate_limits_hold_for_each_client_address(captured: Captured) -> None:
    throttles = [rule for rule in rules(captured("prod"), Policy.PUBLIC) if text(rule, "action") == "throttle"]
    limits = [
        (
            lookup(rule, "rateLimitOptions", "rateLimitThreshold", "count"),
            text(rule, "rateLimitOptions", "enforceOnKey"),
        )
        for rule in throttles
    ]
    # The narrow one first: a request within a limit is let through by that rule.
    assert limits == [(30, "IP"), (1000, "IP")]
    assert text(throttles[0], "match", "expr", "expression") == "request.path.urlDecode().startsWith('/api/auth/')"


@pytest.mark.parametrize("kind", list(Policy))
def test_no_two_rules_have_one_priority_and_what_a_request_carries_is_not_logged(
    captured: Captured, kind: Policy
) -> None:
    priorities = [lookup(rule, "priority") for rule in rules(captured("prod"), kind)]
    assert len(set(priorities)) == len(priorities)
    node = policy(captured("prod"), kind)
    assert node.input("advancedOptionsConfig", "logLevel") == "NORMAL"
    assert node.input("adaptiveProtectionConfig", "layer7DdosDefenseConfig", "enable") is True


def test_an_allow_list_that_cloud_armor_would_not_take_is_refused() -> None:
    for count in (0, 11):
        with pytest.raises(SettingsError, match="takes 1 to 10"):
            replace(ARGS, admin_allowed=tuple(f"198.51.{n}.0/24" for n in range(count)))


def test_a_window_that_cloud_armor_does_not_know_is_refused() -> None:
    odd = RateLimit(name="odd", path_prefix="/", requests=1, window=timedelta(seconds=7))
    with pytest.raises(SettingsError, match=r"odd has a window of 0:00:07.*60"):
        replace(ARGS, catalog=replace(CATALOG, rate_limits=(odd,)))


def test_a_catalogue_without_a_limit_for_every_path_is_refused() -> None:
    narrow = tuple(limit for limit in CATALOG.rate_limits if limit.path_prefix != "/")
    with pytest.raises(SettingsError, match="one client could take all pods"):
        replace(ARGS, catalog=replace(CATALOG, rate_limits=narrow))
