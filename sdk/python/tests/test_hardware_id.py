"""The hardware id: stable, different between machines, and mute about them."""

from __future__ import annotations

import hashlib
import stat
import uuid
from pathlib import Path

import pytest

from coditect_license import ConfigurationError, hardware
from coditect_license.hardware import hardware_id


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a machine-id of its own, and no container; returns where its machine-id stands."""
    machine_id = tmp_path / "machine-id"
    machine_id.write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr(hardware, "_MACHINE_ID_FILES", (machine_id,))
    monkeypatch.setattr(hardware, "_CONTAINER_MARKS", (tmp_path / ".dockerenv",))
    monkeypatch.setattr("platform.node", lambda: "build-7")
    for variable in ("KUBERNETES_SERVICE_HOST", "container", "CODITECT_HARDWARE_ID"):
        monkeypatch.delenv(variable, raising=False)
    return machine_id


def test_it_is_the_same_at_every_call_and_whatever_the_cache_or_the_host_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = hardware_id(tmp_path / "a")
    monkeypatch.setattr("platform.node", lambda: "renamed")
    assert hardware_id(tmp_path / "b") == first
    assert len(first) == 64


def test_two_machines_differ(tmp_path: Path, machine: Path) -> None:
    first = hardware_id(tmp_path)
    machine.write_text("f" * 32)
    assert hardware_id(tmp_path) != first


def test_it_shows_neither_the_machine_id_nor_the_mac_address_nor_a_plain_hash_of_them(
    tmp_path: Path, machine: Path
) -> None:
    shown = hardware_id(tmp_path)
    mac = uuid.getnode()
    secrets = [machine.read_text().strip(), machine.read_text(), str(mac), f"{mac:012x}", f"{mac}:build-7"]
    for secret in secrets:
        assert secret not in shown
        assert hashlib.sha256(secret.encode()).hexdigest() != shown


def test_containers_of_one_image_differ_although_they_share_its_machine_id_and_a_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dockerenv").touch()
    first = hardware_id(tmp_path / "volume")
    monkeypatch.setattr("platform.node", lambda: "another-container")
    assert hardware_id(tmp_path / "volume") != first


def test_a_restarted_container_keeps_its_id(tmp_path: Path) -> None:
    (tmp_path / ".dockerenv").touch()
    assert hardware_id(tmp_path / "volume") == hardware_id(tmp_path / "volume")
    assert stat.S_IMODE((tmp_path / "volume" / "machine").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, "", "uninitialized\n", "not-hex"])
def test_a_machine_without_a_machine_id_makes_its_own(tmp_path: Path, machine: Path, content: str | None) -> None:
    if content is None:
        machine.unlink()
    else:
        machine.write_text(content)
    assert hardware_id(tmp_path / "one") == hardware_id(tmp_path / "one")
    assert hardware_id(tmp_path / "one") != hardware_id(tmp_path / "two")


def test_an_id_that_cannot_be_kept_is_an_error_not_a_new_machine_at_every_start(tmp_path: Path) -> None:
    (tmp_path / ".dockerenv").touch()
    (tmp_path / "cache").write_text("a file where the directory should be")
    with pytest.raises(ConfigurationError, match="CODITECT_HARDWARE_ID"):
        hardware_id(tmp_path / "cache")


def test_a_damaged_seed_is_named(tmp_path: Path) -> None:
    (tmp_path / ".dockerenv").touch()
    (tmp_path / "machine").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="damaged"):
        hardware_id(tmp_path)


def test_the_environment_may_name_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODITECT_HARDWARE_ID", "statefulset-worker-0")
    assert hardware_id(tmp_path) == "statefulset-worker-0"
    monkeypatch.setenv("CODITECT_HARDWARE_ID", "two words and more")
    with pytest.raises(ConfigurationError, match="16 to 255"):
        hardware_id(tmp_path)
