"""Settings: the five stack files are good, and every bad value is refused with its key and its cure."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.settings import Settings, SettingsError, StackName, json_schema, load

STACKS = Path(__file__).parents[2] / "stacks"

MISSING = ...  # a value that no setting has, and that a test's name shows alike in every process


def written(stack: str) -> dict[str, object]:
    """The `config` of a stack file, as a person wrote it."""
    config = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())["config"]
    assert isinstance(config, dict)
    return config


def loaded(stack: str, config: dict[str, object]) -> Settings:
    return load(stack, {key: json.dumps(value) for key, value in config.items()})


def changed(stack: str, path: str, value: object) -> dict[str, object]:
    """A stack's config with one value at a dotted path replaced, or removed with MISSING."""
    config = copy.deepcopy(written(stack))
    section, *rest = path.split(".")
    target: object = config
    keys: list[str | int] = [f"coditect:{section}", *[int(k) if k.isdigit() else k for k in rest]]
    for key in keys[:-1]:
        if isinstance(target, list):
            target = target[int(key)]
        else:
            assert isinstance(target, dict)
            target = target.setdefault(key, {})
    last = keys[-1]
    if isinstance(target, list):
        target[int(last)] = value
    else:
        assert isinstance(target, dict)
        if value is MISSING:
            del target[last]
        else:
            target[last] = value
    return config


@pytest.mark.parametrize("stack", list(StackName))
def test_the_settings_of_every_stack_load(stack: StackName) -> None:
    assert loaded(stack, written(stack)).stack is stack


@pytest.mark.parametrize("stack", list(StackName))
def test_every_stack_file_fits_the_published_schema(stack: StackName) -> None:
    document = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())
    jsonschema.validate(document, json.loads((STACKS / "settings.schema.json").read_text()))


def test_the_published_schema_is_current() -> None:
    published = json.loads((STACKS / "settings.schema.json").read_text())
    assert published == json_schema(), "stacks/settings.schema.json is behind the model. Run: make schema"


def test_every_field_says_what_it_is_and_what_a_bad_value_would_cause() -> None:
    schema = json_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    undocumented = [
        f"{section}.{name}"
        for section, definition in definitions.items()
        for name, field in definition.get("properties", {}).items()
        if not (field.get("description") and field.get("x-otherwise")) and "$ref" not in field
    ]
    assert undocumented == []


# stack, path, bad value, what the message must name beside the key: the cure, or what is allowed.
BAD = [
    ("prod", "google.project", "Prod!", "Google Cloud project id"),
    ("prod", "google.project", MISSING, "Write it"),
    ("prod", "google.project_number", -1, "greater than 0"),
    ("prod", "google.region", "europe-west1", "us-central1"),
    ("prod", "google.zones", ["us-central1-a", "us-central1-b"], "three zones"),
    ("prod", "google.zones", ["us-east1-b", "us-central1-a", "us-central1-b"], "Write three of us-central1"),
    ("prod", "google.zones", ["us-central1-a", "us-central1-a", "us-central1-b"], "three different"),
    ("prod", "google.organization_domain", "no domain", "Google Workspace"),
    ("prod", "google.organisation", "x", "organization_domain"),
    ("prod", "domains.site", "COM", "Domain of the site"),
    ("prod", "domains.apps", "coditect.com", "two different"),
    ("prod", "network.nodes_cidr", "10.48.0.0/33", "IPv4"),
    ("prod", "network.nodes_cidr", "8.8.0.0/20", "RFC 1918"),
    ("prod", "network.nodes_cidr", "10.48.0.0/28", "/16 to /24"),
    ("prod", "network.pods_cidr", "10.49.0.0/24", "/11 to /19"),
    ("prod", "network.services_cidr", "10.48.0.0/20", "disjoint"),
    ("prod", "network.google_services_cidr", MISSING, "Write it"),
    ("prod", "network.flow_log_sampling", 0.01, "0.1 to 1"),
    ("prod", "network.shared_vpc", "coditect-dev-vpc", "standby_of"),
    ("prod", "cluster.release_channel", "RAPID", "REGULAR"),
    ("prod", "cluster.pools", [], "one at least"),
    ("prod", "cluster.pools.0.name", "General Pool", "Name of the pool"),
    ("prod", "cluster.pools.0.machine_type", "n1-standard-3", "n1-standard"),
    ("prod", "cluster.pools.0.nodes_per_zone", 0, "1 to 50"),
    ("prod", "cluster.pools.0.max_nodes_per_zone", 1, "at least the same"),
    ("prod", "cluster.pools.0.spot", True, "spot: false"),
    ("prod", "cluster.pools.0.disk_gib", 10, "50 to 500"),
    ("prod", "cluster.pools.0.disk_gb", 100, "disk_gib"),
    ("prod", "cluster.authorized_networks.0.cidr", "0.0.0.0/0", "/8 or narrower"),
    ("prod", "cluster.maintenance_start", "25:00", "HH:MM"),
    ("prod", "cluster.maintenance_days", ["SA"], "32 days"),
    ("prod", "database.cpus", 3, "Write 2 or 4"),
    ("prod", "database.memory_mib", 15000, "multiple of 256"),
    ("prod", "database.memory_mib", 30720, "vCPUs take"),
    ("prod", "database.availability", "ZONAL", "REGIONAL"),
    ("prod", "database.disk_gib", 5, "10 to 65,536"),
    ("prod", "database.max_disk_gib", 50, "below disk_gib"),
    ("prod", "database.max_connections", 900, "raise memory_mib"),
    ("prod", "database.backups_kept", 1, "7 to 365"),
    ("prod", "database.log_days", 35, "1 to 7"),
    ("prod", "database.replica_region", "mars", "us-east1"),
    ("prod", "database.authentication", "password", "`iam`"),
    ("prod", "database.promoted_replica", "x", "standby_of"),
    ("prod", "cache.tier", "BASIC", "STANDARD_HA"),
    ("prod", "cache.memory_gib", 0, "1 to 300"),
    ("prod", "cache.snapshot_hours", 2, "1, 6, 12 or 24"),
    ("prod", "signing.protection", "SOFTWARE", "HSM"),
    ("prod", "signing.location", "moon", "us"),
    ("prod", "signing.versions", 0, "greater than or equal to 1"),
    ("prod", "signing.rotation_grace_days", 1, "7 to 365"),
    ("prod", "secrets.first_rotation", "soon", "YYYY-MM-DD"),
    ("prod", "identity.google_client_id", "secret", "client id"),
    ("prod", "identity.github_client_id", "!", "client id"),
    ("prod", "identity.mfa", "DISABLED", "ENABLED"),
    ("prod", "identity.extra_domains", ["localhost"], "Remove it"),
    ("prod", "edge.admin_allowed", [], "staff admin"),
    ("prod", "edge.admin_allowed", ["0.0.0.0/0"], "/8 or narrower"),
    ("prod", "edge.log_sample_rate", 2, "0 to 1"),
    ("prod", "dns.mx_host", "mail server", "MX host"),
    ("prod", "dns.mta_sts_id", "not-an-id", "policy"),
    ("prod", "dns.dkim.0.selector", "S 1", "DKIM selector"),
    ("dr", "dns.manage", True, "Write false"),
    ("dr", "network.shared_vpc", None, "standby_of"),
    ("prod", "workloads.replicas", {"gateway-backend": 0}, "1 to 100"),
    ("prod", "workloads.log_level", "DEBUG", "Write INFO"),
    ("prod", "ide.foundationdb_replicas", 4, "1, 3 or 5"),
    ("prod", "ide.theia_disk_gib", 1, "5 to 500"),
    ("prod", "addons.ingress_nginx", "maybe", "ingress-nginx"),
    ("prod", "observability.alert_email", "nobody", "Who reads"),
    ("prod", "delivery.github_repository", "coditect", "owner/name"),
    ("prod", "delivery.github_environment", "Prod Env", "environment"),
    ("prod", "budget.monthly_usd", 0, "US dollars"),
    ("prod", "budget", MISSING, "budget"),
    ("prod", "budget.billing_account", "our account", "billing account"),
    ("prod", "budget.billing_account", None, "gcloud billing accounts list"),
    ("dr", "budget.billing_account", "000000-000000-000000", "told twice"),
    ("prod", "databse", {}, "Did you mean database?"),
]


@pytest.mark.parametrize(("stack", "path", "value", "cure"), BAD, ids=[f"{b[1]}={b[2]!r}"[:60] for b in BAD])
def test_a_bad_setting_is_refused_with_its_key_and_the_cure(stack: str, path: str, value: object, cure: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(stack, changed(stack, path, value))
    message = str(refused.value)
    assert f"Pulumi.{stack}.yaml" in message
    section, *rest = path.split(".")
    assert section in message
    if rest:
        assert rest[-1] in message or rest[0] in message
    assert cure in message


def test_all_bad_settings_are_told_at_once() -> None:
    config = changed("prod", "cache.memory_gib", 0)
    config["coditect:budget"] = {"monthly_usd": -1}
    with pytest.raises(SettingsError) as refused:
        loaded("prod", config)
    assert "cache.memory_gib" in str(refused.value)
    assert "budget.monthly_usd" in str(refused.value)


def test_settings_cannot_be_changed_after_loading() -> None:
    settings = loaded("prod", written("prod"))
    with pytest.raises(ValueError, match="frozen"):
        settings.cache.memory_gib = 1  # type: ignore[misc] # the point of the test


def test_configuration_of_other_namespaces_is_left_alone() -> None:
    config = written("dev")
    config["gcp:impersonateServiceAccount"] = "someone@example.com"
    assert loaded("dev", config).stack is StackName.DEV
