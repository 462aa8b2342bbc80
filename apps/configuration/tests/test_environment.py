"""The environment: complete, or the process does not start and says everything that is missing."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.configuration.environment import read_environment


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """A complete environment."""
    files = {
        "database-password": "hunter2-hunter2",
        "django": "d" * 40,
        "jwt": json.dumps({"signing": "k", "keys": {"k": "s" * 32}}),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content + "\n")
    return {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_NAME": "coditect",
        "DATABASE_USER": "app",
        "DATABASE_PASSWORD_FILE": str(tmp_path / "database-password"),
        "REDIS_URL": "rediss://10.0.0.3:6378/0",
        "DJANGO_SECRET_KEY_FILE": str(tmp_path / "django"),
        "JWT_KEYS_FILE": str(tmp_path / "jwt"),
        "SIGNING_KEY": "file:/key.pem",
        "ALLOWED_HOSTS": "api.coditect.ai, app.coditect.ai",
    }


def refused(told: dict[str, str], *, signs_leases: bool = True) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment(told, signs_leases=signs_leases)
    return str(caught.value)


def test_a_complete_environment_is_read(told: dict[str, str]) -> None:
    read = read_environment(told, signs_leases=True)
    assert read.database_port == 5432
    assert read.database_password == "hunter2-hunter2"
    assert read.allowed_hosts == ("api.coditect.ai", "app.coditect.ai")
    assert read.jwt_keys.keys == {"k": "s" * 32}
    assert (read.seat_ttl.total_seconds(), read.log_level, read.metrics_port) == (360, "INFO", None)


def test_every_missing_variable_is_named_at_once() -> None:
    message = refused({})
    for name in (
        "DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "REDIS_URL", "DJANGO_SECRET_KEY_FILE", "JWT_KEYS_FILE",
        "SIGNING_KEY", "ALLOWED_HOSTS",
    ):  # fmt: skip
        assert f"- {name} " in message


def test_only_who_signs_leases_needs_a_key(told: dict[str, str]) -> None:
    del told["SIGNING_KEY"]
    assert read_environment(told).signing_key is None
    assert "SIGNING_KEY" in refused(told)


def test_only_who_takes_payments_needs_the_webhooks_secret(told: dict[str, str], tmp_path: Path) -> None:
    assert read_environment(told).stripe_webhook_secret is None
    with pytest.raises(ImproperlyConfigured, match="STRIPE_WEBHOOK_SECRET_FILE is not set"):
        read_environment(told, takes_payments=True)
    (tmp_path / "webhook").write_text("whsec_1\n")
    told["STRIPE_WEBHOOK_SECRET_FILE"] = str(tmp_path / "webhook")
    assert read_environment(told, takes_payments=True).stripe_webhook_secret == "whsec_1"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DATABASE_PORT", "none", "no port"),
        ("METRICS_PORT", "70000", "no port"),
        ("METRICS_HOST", "localhost:80", "IPv4"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("REDIS_URL", "http://cache", "redis://"),
        ("REDIS_URL", "redis://:hunter2@cache:6379/0", "REDIS_AUTH_FILE"),
        ("JWT_KEYS_FILE", "/nowhere/keys", "cannot be read"),
        ("API_URL", "api.coditect.ai", "https://"),
        ("SEAT_TTL_SECONDS", "1", "at least 2"),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_write(
    told: dict[str, str], variable: str, value: str, says: str
) -> None:
    message = refused(told | {variable: value})
    assert variable in message
    assert says in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json hunter2", "shape"),
        ('{"keys": {"k": "hunter2"}}', "shape"),
        ('{"signing": "k", "keys": {"k": "hunter2"}}', "shorter than 32"),
        ('{"signing": "other", "keys": {"k": "hunter2-hunter2-hunter2-hunter2-hunter2"}}', "'other' signs"),
        ('{"signing": "a b", "keys": {"a b": "hunter2-hunter2-hunter2-hunter2-hunter2"}}', "letters"),
    ],
)
def test_bad_token_keys_are_refused_without_showing_them(
    told: dict[str, str], tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "jwt").write_text(content)
    message = refused(told)
    assert says in message
    assert "hunter2" not in message


def test_an_empty_secret_is_refused(told: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "database-password").write_text("\n")
    assert "is empty" in refused(told)


def test_a_short_secret_key_is_refused(told: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "django").write_text("short")
    assert "shorter than 32" in refused(told)


def test_who_migrates_needs_the_database_and_no_key(told: dict[str, str]) -> None:
    bare = {name: value for name, value in told.items() if name.startswith("DATABASE_")}
    read = read_environment(bare, migrates=True)
    assert read.database_password == "hunter2-hunter2"
    assert read.jwt_keys.keys == {}
    assert read.django_secret_key != read_environment(bare, migrates=True).django_secret_key
    with pytest.raises(ImproperlyConfigured, match="DATABASE_HOST is not set"):
        read_environment({}, migrates=True)
