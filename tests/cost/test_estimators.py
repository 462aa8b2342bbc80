"""Each price formula beside a sum made by hand from the list prices."""

from decimal import Decimal

import pytest

from coditect.cost.estimators import cluster, edge, keys, network, operations, stores
from coditect.cost.estimators.places import CLUSTER
from coditect.graph.model import Node
from coditect.graph.pods import STATEFUL_SET
from coditect.graph.values import JsonObject
from coditect.plan.capacity import NODE_POOL
from tests.cost.declared import amounts, node, priced, used, without

HOME = "us-central1"


def pool(*, spot: bool = False, region: str = HOME, machine: str = "n1-standard-2") -> Node:
    return node(
        NODE_POOL,
        "pool",
        {
            "name": "general",
            "location": region,
            "nodeLocations": [f"{region}-a", f"{region}-b", f"{region}-c"],
            "autoscaling": {"minNodeCount": 2, "maxNodeCount": 4},
            "nodeConfig": {"machineType": machine, "spot": spot, "diskSizeGb": 100, "diskType": "pd-balanced"},
        },
    )


def sql(*, form: str = "REGIONAL", region: str = HOME, changed: JsonObject | None = None) -> Node:
    settings: JsonObject = {
        "tier": "db-custom-4-15360",
        "edition": "ENTERPRISE",
        "availabilityType": form,
        "diskSize": 100,
        "diskType": "PD_SSD",
        "backupConfiguration": {"enabled": True},
    }
    return node(stores.SQL, "db", {"name": "db", "region": region, "settings": settings | (changed or {})})


def test_nodes_are_counted_by_zone_and_a_whole_month_earns_sustained_use() -> None:
    (estimate,) = priced(pool())

    # 2 a zone x 3 zones x 48.54; 6 disks x 100 GB x 0.10
    assert amounts(estimate) == ["291.24", "60.00"]


def test_spot_nodes_are_paid_by_the_hour() -> None:
    (estimate,) = priced(pool(spot=True))

    # 6 x 730 h x 0.026005 = 113.9019
    assert amounts(estimate) == ["113.90", "60.00"]


def test_nodes_in_a_region_without_a_rate_are_unpriced_and_indicated() -> None:
    (estimate,) = priced(pool(region="us-west1"))

    assert amounts(estimate) == []
    assert [gap.indication for gap in estimate.gaps] == [Decimal("291.24"), Decimal("60.00")]
    assert "us-west1" in estimate.gaps[0].what


@pytest.mark.parametrize(
    ("machine", "spot", "amount"),
    [
        # The list has these machines as a whole: 388.357956 and 97.8366732 a month, 0.20804 and 0.053584 an hour on
        # spot; 6 nodes. The monthly n1 figure is kept in cents for two vCPUs (48.54), so the first differs by cents.
        ("n1-standard-16", False, "2329.92"),
        ("e2-standard-4", False, "587.02"),
        ("n1-standard-16", True, "911.22"),
        ("e2-standard-4", True, "234.70"),
    ],
)
@pytest.mark.parametrize("region", [HOME, "us-east1"])
def test_a_machine_of_a_family_is_priced_by_its_vcpus_as_the_list_does(
    machine: str, spot: bool, amount: str, region: str
) -> None:
    (estimate,) = priced(pool(machine=machine, spot=spot, region=region))

    assert amounts(estimate) == [amount, "60.00"]
    assert not estimate.gaps


def test_a_machine_type_without_a_price_is_a_gap_and_not_free() -> None:
    (estimate,) = priced(pool(machine="e2-standard-2"), prices=without("compute.e2-standard.sustained"))

    assert amounts(estimate) == ["60.00"]
    assert [(gap.indication, "compute.e2-standard" in gap.what) for gap in estimate.gaps] == [(None, True)]
    assert estimate.gaps[0].is_hole


def test_a_regional_control_plane_pays_its_fee_without_credit() -> None:
    (estimate,) = priced(node(CLUSTER, "c", {"location": HOME}))

    assert amounts(estimate) == ["73.00"]  # 730 h x 0.10


def test_disks_of_stateful_pods_are_replicas_times_claims() -> None:
    claim: JsonObject = {
        "metadata": {"name": "data"},
        "spec": {"storageClassName": "kept", "resources": {"requests": {"storage": "50Gi"}}},
    }
    store = node(STATEFUL_SET, "fdb", {"spec": {"replicas": 5, "volumeClaimTemplates": [claim]}})
    kept = node(cluster.STORAGE_CLASS, "kept", {"metadata": {"name": "kept"}, "parameters": {"type": "pd-ssd"}})

    estimate, _, _ = priced(store, kept, node(CLUSTER, "c", {"location": HOME}))

    assert amounts(estimate) == ["42.50"]  # 5 x 50 x 0.17


def test_a_disk_of_an_unknown_storage_class_is_a_gap() -> None:
    claim: JsonObject = {"metadata": {"name": "data"}, "spec": {"storageClassName": "mystery"}}
    store = node(STATEFUL_SET, "fdb", {"spec": {"replicas": 5, "volumeClaimTemplates": [claim]}})

    estimate, _ = priced(store, node(CLUSTER, "c", {"location": HOME}))

    assert "storage class is not in the graph" in estimate.gaps[0].what


def test_a_regional_database_costs_twice_in_cpu_memory_and_disk_but_not_in_backups() -> None:
    (regional,) = priced(sql(), month=used(database_backup_gib="120"))
    (zonal,) = priced(sql(form="ZONAL"), month=used(database_backup_gib="120"))

    # 4 x 60.30, 15 x 10.22, 100 x 0.34, 120 x 0.08
    assert amounts(regional) == ["241.20", "153.30", "34.00", "9.60"]
    assert amounts(zonal) == ["120.60", "76.65", "17.00", "9.60"]


@pytest.mark.parametrize("change", [{"edition": "ENTERPRISE_PLUS"}, {"tier": "db-perf-optimized-N-2"}])
def test_a_database_of_another_edition_or_tier_is_unpriced(change: JsonObject) -> None:
    (estimate,) = priced(sql(changed=change))

    assert not estimate.lines
    assert "edition ENTERPRISE" in estimate.gaps[0].what


def test_a_replica_elsewhere_is_indicated_and_its_traffic_has_no_figure_at_all() -> None:
    replica = sql(form="ZONAL", region="us-east1", changed={"backupConfiguration": {}})
    replica = node(stores.SQL, "replica", replica.inputs | {"name": "replica", "masterInstanceName": "db"})

    _, estimate = priced(sql(), replica)

    assert not estimate.lines
    assert estimate.indicated == Decimal("214.25")  # 120.60 + 76.65 + 17.00
    assert estimate.gaps[-1].indication is None


@pytest.mark.parametrize(
    ("tier", "gib", "amount"),
    [
        ("STANDARD_HA", 16, "537.28"),  # 16 x 730 x 0.046, band M3
        ("STANDARD_HA", 4, "186.88"),  # 4 x 730 x 0.064, band M1
        ("BASIC", 6, "118.26"),  # 6 x 730 x 0.027, band M2
        ("BASIC", 300, "3504.00"),  # 300 x 730 x 0.016, band M5
    ],
)
def test_the_whole_of_a_cache_is_priced_by_the_band_of_its_size(tier: str, gib: int, amount: str) -> None:
    (estimate,) = priced(node(stores.REDIS, "redis", {"tier": tier, "memorySizeGb": gib, "region": HOME}))

    assert amounts(estimate) == [amount]


def signing_key(protection: str, algorithm: str = "RSA_SIGN_PSS_4096_SHA256") -> tuple[Node, Node]:
    template: JsonObject = {"algorithm": algorithm, "protectionLevel": protection}
    key = node(keys.KEY, "k", {"name": "key", "purpose": "ASYMMETRIC_SIGN", "versionTemplate": template})
    return key, node(keys.VERSION, "v", {"cryptoKey": "projects/p/locations/us/keyRings/r/cryptoKeys/key"})


@pytest.mark.parametrize(
    ("protection", "signatures", "version"),
    [
        ("HSM", "7.50", "2.50"),  # 500,000 / 10,000 x 0.15; a version 2.50
        ("SOFTWARE", "1.50", "0.06"),  # x 0.03; a version 0.06
    ],
)
def test_a_signing_key_is_paid_by_version_and_signature(protection: str, signatures: str, version: str) -> None:
    key, its_version = priced(*signing_key(protection), month=used(signatures="500000"))

    assert (amounts(key), amounts(its_version)) == ([signatures], [version])


def test_a_signing_key_of_another_algorithm_is_unpriced() -> None:
    key, its_version = priced(*signing_key("HSM", "EC_SIGN_P256_SHA256"), month=used(signatures="500000"))

    assert not key.lines
    assert not its_version.lines


def test_keys_that_rotate_keep_their_versions_and_share_their_operations() -> None:
    rotating: JsonObject = {"purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s"}
    month = used(versions_of_a_rotated_key="4", encryptions="100000")

    first, second = priced(node(keys.KEY, "a", rotating), node(keys.KEY, "b", rotating), month=month)

    # 4 x 0.06; 100,000 / 10,000 x 0.03, once
    assert amounts(first) == ["0.24", "0.30"]
    assert amounts(second) == ["0.24"]


def test_six_versions_of_secrets_are_free_over_the_whole_stack() -> None:
    two_places: JsonObject = {
        "replication": {"userManaged": {"replicas": [{"location": HOME}, {"location": "us-east1"}]}}
    }
    month = used(versions_of_a_secret="2", secret_accesses="90000")

    first, second = priced(node(keys.SECRET, "a", two_places), node(keys.SECRET, "b", two_places), month=month)

    # 2 versions x 2 places = 4 free; then 2 free and 2 x 0.06. 10,000 accesses free, 80,000 / 10,000 x 0.03
    assert amounts(first) == ["0.00", "0.00", "0.24"]
    assert amounts(second) == ["0.00", "0.12"]


def test_five_forwarding_rules_cost_as_one_and_each_further_one_has_its_own_price() -> None:
    rules = [node(edge.FORWARDING_RULE, f"rule-{number}", {}) for number in range(7)]

    estimates = priced(*rules, month=used(ingress_gib="60", egress_gib="400"))

    # 730 x 0.025; 60 x 0.008; 400 x 0.008; 730 x 0.01 for the sixth and seventh
    assert [amounts(estimate) for estimate in estimates] == [
        ["18.25", "0.48", "3.20"],
        [],
        [],
        [],
        [],
        ["7.30"],
        ["7.30"],
    ]
    assert all(estimate.free for estimate in estimates[1:5])


def test_cloud_armor_is_paid_by_policy_rule_and_request() -> None:
    rules: JsonObject = {"rules": [{"priority": number} for number in range(12)]}

    first, second = priced(
        node(edge.SECURITY_POLICY, "a", rules),
        node(edge.SECURITY_POLICY, "b", rules),
        month=used(requests_millions="60"),
    )

    # 5; 12 x 1; 60 x 0.75, once
    assert amounts(first) == ["5.00", "12.00", "45.00"]
    assert amounts(second) == ["5.00", "12.00"]


def test_cloud_cdn_is_paid_by_tier_of_what_it_answers() -> None:
    month = used(cdn_egress_gib="11240", cdn_fill_gib="10", cdn_lookups_millions="20")

    first, second, third = priced(
        node(edge.BACKEND_SERVICE, "a", {"enableCdn": True}),
        node(edge.BACKEND_SERVICE, "b", {"enableCdn": True}),
        node(edge.BACKEND_SERVICE, "c", {"enableCdn": False}),
        month=month,
    )

    # 10,240 x 0.08; 1,000 x 0.055; 10 x 0.01; 2,000 ten thousands x 0.0075
    assert amounts(first) == ["819.20", "55.00", "0.10", "15.00"]
    assert second.free is not None
    assert "counted with a" in second.free
    assert third.free is not None


def test_dns_is_paid_by_zone_and_query() -> None:
    first, second = priced(node(edge.ZONE, "a", {}), node(edge.ZONE, "b", {}), month=used(dns_queries_millions="10"))

    assert amounts(first) == ["0.20", "4.00"]  # 10 x 0.40
    assert amounts(second) == ["0.20"]


def test_egress_has_one_free_gib_and_falls_by_tier() -> None:
    (estimate,) = priced(node(network.SUBNETWORK, "s", {}), month=used(egress_gib="11240"))

    # 1 free; 1,023 x 0.12; 9,216 x 0.11; 1,000 x 0.08
    assert amounts(estimate) == ["0.00", "122.76", "1013.76", "80.00"]


def test_nat_is_paid_by_nodes_until_the_gateway_stops_growing() -> None:
    gateway = node(network.NAT, "nat", {})
    many = pool()
    crowd = node(NODE_POOL, "pool", many.inputs | {"autoscaling": {"minNodeCount": 11, "maxNodeCount": 11}})

    small, _ = priced(gateway, many, month=used(nat_gib="80"))
    large, _ = priced(gateway, crowd, month=used(nat_gib="80"))

    # 6 x 730 x 0.0014 = 6.132; 33 nodes would be 33.73, so 730 x 0.044; 80 x 0.045
    assert amounts(small) == ["6.13", "3.60"]
    assert amounts(large) == ["32.12", "3.60"]


def test_only_external_addresses_of_their_own_cost() -> None:
    outside, inside, shared = priced(
        node(network.ADDRESS, "a", {"addressType": "EXTERNAL"}),
        node(network.ADDRESS, "b", {"addressType": "INTERNAL"}),
        node(network.GLOBAL_ADDRESS, "c", {"addressType": "EXTERNAL"}),
    )

    assert amounts(outside) == ["3.65"]  # 730 x 0.005
    assert inside.free is not None
    assert shared.free is not None


def test_users_who_sign_in_are_free_to_fifty_thousand_and_then_fall_by_tier() -> None:
    (estimate,) = priced(node(operations.IDENTITY, "i", {}), month=used(users="1100000"))

    # 50,000 free; 50,000 x 0.0055; 900,000 x 0.0046; 100,000 x 0.0032
    assert amounts(estimate) == ["0.00", "275.00", "4140.00", "320.00"]


def test_logs_are_priced_once_after_fifty_gib_and_long_keeping_is_a_gap() -> None:
    default, audit = priced(
        node(operations.LOG_BUCKET, "d", {"bucketId": "_Default", "retentionDays": 30}),
        node(operations.LOG_BUCKET, "a", {"bucketId": "audit", "retentionDays": 730}),
        month=used(log_gib="120"),
    )

    assert amounts(default) == ["0.00", "35.00"]  # 70 x 0.50
    assert not default.gaps
    assert "730 days" in audit.gaps[0].what


def test_images_are_paid_by_size() -> None:
    (estimate,) = priced(node(stores.REGISTRY, "r", {}), month=used(registry_gib="40"))

    assert amounts(estimate) == ["4.00"]


def test_a_type_that_nobody_knows_is_unpriced_and_named() -> None:
    (estimate,) = priced(node("gcp:spanner/instance:Instance", "s", {}))

    assert "gcp:spanner/instance:Instance" in estimate.gaps[0].what
    assert estimate.free is None


def test_a_service_that_asks_for_a_load_balancer_of_its_own_is_a_gap() -> None:
    own, inside = priced(
        node(cluster.SERVICE, "a", {"spec": {"type": "LoadBalancer"}}), node(cluster.SERVICE, "b", {"spec": {}})
    )

    assert own.gaps
    assert inside.free is not None
