"""Envoy's configuration from the graph, without starting Envoy."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from coditect.graph.model import Graph
from coditect.graph.values import Json, items, lookup, members, text
from coditect.local.edge.armor import ALLOWED_ADDRESSES, DENIED_PATHS, RATE_LIMIT, armor
from coditect.local.edge.authority import Authority
from coditect.local.edge.declared import ArmorRule, Edge, edge
from coditect.local.edge.endpoints import End
from coditect.local.edge.proxy import EdgeProxy
from coditect.local.edge.routes import FAULT, redirect_table, route_table
from coditect.local.layout import Layout

_TWO = ("ide-frontend", "gateway-frontend")


@pytest.fixture(scope="module")
def declared(captured: Callable[[str], Graph]) -> Edge:
    return edge(captured("local"))


def _rule(*, expression: str = "", addresses: tuple[str, ...] = (), action: str = "deny(403)") -> ArmorRule:
    return ArmorRule(
        priority=1,
        action=action,
        description="a rule",
        expression=expression,
        addresses=addresses,
        count=None,
        interval_s=None,
    )


def test_longer_patterns_come_first_and_unknown_hosts_last(declared: Edge) -> None:
    hosts = items(route_table(declared), "virtual_hosts")
    for host in hosts[:-1]:
        lengths = [
            len(text(route, "match", "prefix") or text(route, "match", "path") + "*") for route in items(host, "routes")
        ]
        assert lengths == sorted(lengths, reverse=True)
    assert items(hosts[-1], "domains") == ["*"]
    assert lookup(hosts[-1], "routes", 0, "direct_response", "status") == 404


def test_every_host_has_a_certificate(declared: Edge) -> None:
    certified = {host for hosts in declared.certificates.values() for host in hosts}
    assert set(declared.hosts) <= certified


def test_a_host_whose_files_stand_in_a_bucket_is_said_not_to_be_here(declared: Edge) -> None:
    certified = {host for hosts in declared.certificates.values() for host in hosts}
    (downloads,) = certified - set(declared.hosts)
    assert downloads.startswith("downloads.")
    assert [said for said in declared.not_said if f"https://{downloads}: files of the bucket" in said]


def test_the_redirect_names_the_port_only_where_it_must() -> None:
    def redirect(port: int) -> object:
        return lookup(redirect_table(port), "virtual_hosts", 0, "routes", 0, "redirect", "port_redirect")

    assert redirect(443) is None
    assert redirect(8443) == 8443


def test_paths_that_a_rule_denies_are_denied() -> None:
    said = armor([_rule(expression="request.path.urlDecode().lower().contains('/admin')")])
    (permission,) = items(said.filters, DENIED_PATHS, "rbac", "rules", "policies", "armor", "permissions")
    assert lookup(permission, "url_path", "path") == {"contains": "/admin", "ignore_case": True}
    assert said.not_said == ()


def test_signatures_of_attacks_are_told_and_not_imitated() -> None:
    said = armor([_rule(expression="evaluatePreconfiguredWaf('sqli-v33-stable', {'sensitivity': 1})")])
    assert said.not_said == ("sqli-v33-stable",)
    assert DENIED_PATHS not in said.filters


def test_of_a_rule_with_alternatives_each_is_imitated_or_told() -> None:
    paths = [f"request.path.urlDecode().lower().contains('{path}')" for path in ("/admin", "/staff")]
    said = armor([_rule(expression=" || ".join(["evaluatePreconfiguredExpr('cve-canary')", *paths]))])
    denied = items(said.filters, DENIED_PATHS, "rbac", "rules", "policies", "armor", "permissions")
    assert [lookup(each, "url_path", "path", "contains") for each in denied] == ["/admin", "/staff"]
    assert said.not_said == ("cve-canary",)


def test_a_path_that_is_denied_only_under_a_condition_is_not_denied_without_it() -> None:
    said = armor([_rule(expression="request.path.urlDecode().contains('/admin') && origin.region_code == 'ZZ'")])
    assert DENIED_PATHS not in said.filters
    assert said.not_said == ("a rule",)


def test_where_the_last_rule_denies_only_named_addresses_pass() -> None:
    said = armor([_rule(addresses=("10.0.0.0/8",), action="allow"), _rule(addresses=("*",))])
    principals = items(said.filters, ALLOWED_ADDRESSES, "rbac", "rules", "policies", "armor", "principals")
    assert principals == [{"remote_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}}]
    everyone = armor([_rule(addresses=("*",), action="allow")])
    assert ALLOWED_ADDRESSES not in everyone.filters


def test_rates_are_those_of_the_policy(declared: Edge) -> None:
    backend = next(backend for backend in declared.backends if backend.service == "gateway-backend")
    limit = members(armor(backend.rules).filters, RATE_LIMIT)
    buckets = {lookup(d, "token_bucket", "max_tokens"): lookup(d, "entries", 0) for d in items(limit, "descriptors")}
    assert set(buckets) == {rule.count for rule in backend.rules if rule.count}
    assert buckets[1000] == {"key": "remote_address"}


def test_the_authority_signs_for_this_machine_and_for_nobody_else(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    store = Store([x509.load_pem_x509_certificate(authority.certificate.read_bytes())])
    policy = PolicyBuilder().store(store)
    ours = x509.load_pem_x509_certificate(authority.leaf("ours", ["a.localhost"]).certificate.read_bytes())
    policy.build_server_verifier(x509.DNSName("a.localhost")).verify(ours, [])
    foreign = x509.load_pem_x509_certificate(authority.leaf("foreign", ["example.com"]).certificate.read_bytes())
    with pytest.raises(VerificationError):
        policy.build_server_verifier(x509.DNSName("example.com")).verify(foreign, [])


def test_a_certificate_is_kept_until_its_hosts_change(tmp_path: Path) -> None:
    first = Authority(tmp_path).leaf("site", ["a.localhost"]).certificate.read_bytes()
    assert Authority(tmp_path).leaf("site", ["a.localhost"]).certificate.read_bytes() == first
    assert Authority(tmp_path).leaf("site", ["b.localhost"]).certificate.read_bytes() != first


@pytest.fixture
def proxy(declared: Edge, tmp_path: Path) -> EdgeProxy:
    """Written, not started."""
    written = EdgeProxy(
        declared,
        layout=Layout(root=tmp_path),
        authority=Authority(tmp_path / "authority"),
        https_port=443,
        http_port=80,
        console_port=8000,
    )
    written.write()
    return written


def _delayed(root: Path) -> set[str]:
    """Clusters whose requests wait."""
    table = lookup(json.loads((root / "edge" / "routes.json").read_text()), "resources", 0)
    routes = [route for host in items(table, "virtual_hosts") for route in items(host, "routes")]
    return {text(route, "route", "cluster") for route in routes if lookup(route, "typed_per_filter_config", FAULT)}


def _ports(root: Path, backend: str) -> list[Json]:
    ends = lookup(json.loads((root / "edge" / f"{backend}.json").read_text()), "resources", 0, "endpoints", 0)
    return [lookup(end, "endpoint", "address", "socket_address", "port_value") for end in items(ends, "lb_endpoints")]


def test_the_end_of_one_services_delay_leaves_the_other_ones(proxy: EdgeProxy, declared: Edge, tmp_path: Path) -> None:
    clusters = {name: {b.name for b in declared.backends if b.service == name} for name in _TWO}
    for service in _TWO:
        proxy.delay(service, 1)
    assert _delayed(tmp_path) == clusters[_TWO[0]] | clusters[_TWO[1]]
    proxy.delay(_TWO[0], 0)
    assert _delayed(tmp_path) == clusters[_TWO[1]]
    proxy.write()
    assert _delayed(tmp_path) == clusters[_TWO[1]]


def test_a_service_that_is_cut_off_is_reached_where_it_went_meanwhile(
    proxy: EdgeProxy, declared: Edge, tmp_path: Path
) -> None:
    backend = next(b.name for b in declared.backends if b.service == _TWO[0])
    proxy.send(_TWO[0], [End(port=1)])
    proxy.cut_off(_TWO[0])
    proxy.send(_TWO[0], [End(port=2)])
    assert _ports(tmp_path, backend) == []
    proxy.join(_TWO[0])
    assert _ports(tmp_path, backend) == [2]
