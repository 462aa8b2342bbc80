"""Programs that the runbook of a first deployment calls, beside the real `pulumi`: each records what it is told.

`gcloud` does what matters here: it makes the bucket and the key of Pulumi's state, and fills secrets, in the cloud of
files. `pulumi` is the real command line, but that its bucket is a directory and its key a passphrase: only where
`gcloud` has made both before. What an engine cannot reach has no other way to be followed word by word.
"""

import os
import sys
from pathlib import Path

from coditect.rehearsal.cloud import Cloud, RefusedError
from coditect.rehearsal.provider import CLOUD
from coditect.rehearsal.shelf import FileShelf, Thing
from coditect.rehearsal.types import BUCKET, KEY, KEY_RING, SECRET, SECRET_VERSION
from tests.engine.stand_in.executables import write

RECORD = "STAND_IN_RECORD"
"""Environment variable: the file that every call is written to, one a line."""
REAL_PULUMI = "STAND_IN_REAL_PULUMI"
BACKEND = "STAND_IN_BACKEND"

_SILENT = ("auth", "config", "services", "dns")
"""Groups of gcloud that change nothing which this cloud knows."""


def install(directory: Path) -> None:
    """Writes the programs into a directory for PATH."""
    directory.mkdir(parents=True)
    for program in ("gcloud", "pulumi"):
        write(directory / program, f"from tests.engine.stand_in.shell import {program}\n{program}(sys.argv[1:])")
    for program in ("gh", "docker", "dig", "kubectl", "gke-gcloud-auth-plugin"):
        write(directory / program, f"from tests.engine.stand_in.shell import record\nrecord({program!r}, sys.argv[1:])")
    # The checkout's own code, which PYTHONPATH names.
    (directory / "coditect").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m coditect "$@"\n')
    (directory / "coditect").chmod(0o755)


def record(program: str, arguments: list[str]) -> None:
    with Path(os.environ[RECORD]).open("a") as calls:
        calls.write(" ".join([program, *arguments]) + "\n")


def gcloud(arguments: list[str]) -> None:
    """Names itself on standard error, and ends with 1 where Google would refuse."""
    record("gcloud", arguments)
    sys.stderr.write("stand-in gcloud: nothing here reaches Google\n")
    try:
        _do(Cloud(FileShelf(Path(os.environ[CLOUD]))), arguments)
    except RefusedError as refusal:
        sys.exit(f"stand-in gcloud: {refusal}")


def _do(cloud: Cloud, arguments: list[str]) -> None:
    match arguments:
        case ["storage", "buckets", "create", url, *flags] if "--uniform-bucket-level-access" in flags:
            at = {"location": flags[flags.index("--location") + 1]}
            cloud.create(Thing(type=BUCKET, id=url.removeprefix("gs://"), urn="urn:by-hand", inputs={**at}))
        case ["storage", "buckets", "update", url, "--versioning"]:
            bucket = _existing(cloud, BUCKET, url.removeprefix("gs://"))
            cloud.update(Thing(type=BUCKET, id=bucket.id, urn=bucket.urn, inputs={**bucket.inputs, "versioning": True}))
        case ["kms", "keyrings", "create", ring, "--location", location]:
            cloud.create(Thing(type=KEY_RING, id=_ring(location, ring), urn="urn:by-hand", inputs={}))
        case ["kms", "keys", "create", key, "--keyring", ring, "--location", location, *_]:
            owner = _existing(cloud, KEY_RING, _ring(location, ring))
            id_ = f"{owner.id}/cryptoKeys/{key}"
            cloud.create(Thing(type=KEY, id=id_, urn="urn:by-hand", inputs={"keyRing": owner.id}))
        case ["secrets", "versions", "add", name, "--data-file=-"]:
            if not sys.stdin.read().strip():
                raise RefusedError(f"the payload of {name} is empty")
            full = name if "/" in name else f"projects/{_project()}/secrets/{name}"
            version = f"{_existing(cloud, SECRET, full).id}/versions/1"
            cloud.create(Thing(type=SECRET_VERSION, id=version, urn="urn:by-hand", inputs={"secret": full}))
        case [group, *_] if group in _SILENT:
            pass
        case _:
            raise RefusedError(f"`gcloud {' '.join(arguments)}` is not known here")


def _existing(cloud: Cloud, type_: str, id_: str) -> Thing:
    thing = cloud.read(type_, id_)
    if thing is None:
        raise RefusedError(f"there is no {type_} {id_}")
    return thing


def _project() -> str:
    """What `gcloud config set project` was last told."""
    calls = Path(os.environ[RECORD]).read_text().splitlines()
    return [call.rpartition(" ")[2] for call in calls if call.startswith("gcloud config set project ")][-1]


def _ring(location: str, name: str) -> str:
    return f"projects/{_project()}/locations/{location}/keyRings/{name}"


def pulumi(arguments: list[str]) -> None:
    """Ends as the real command line does, or with 1 where the bucket or the key does not exist."""
    record("pulumi", arguments)
    cloud = Cloud(FileShelf(Path(os.environ[CLOUD])))
    try:
        told = [_translated(cloud, word) for word in arguments]
    except RefusedError as refusal:
        sys.exit(f"stand-in pulumi: {refusal}")
    os.execv(os.environ[REAL_PULUMI], ["pulumi", *told])


def _translated(cloud: Cloud, word: str) -> str:
    if word.startswith("gs://"):
        bucket = _existing(cloud, BUCKET, word.removeprefix("gs://"))
        if bucket.inputs != {"location": "us", "versioning": True}:
            raise RefusedError(f"the state would not survive a lost region, or a mistake: {bucket.inputs}")
        return f"file://{os.environ[BACKEND]}"
    if word.startswith("gcpkms://"):
        _existing(cloud, KEY, word.removeprefix("gcpkms://"))
        return "passphrase"
    return word
