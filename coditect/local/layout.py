"""Where everything of a running platform lies below its state directory (`.local`)."""

import json
import os
import pwd
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explained import ExplainedError
from explained.machine import explanation

# Of a Unix socket's address: 108 with its end on Linux, 104 on macOS.
_SOCKET_PATH_BYTES = 103
# What stands in a state directory; of a file that `write_private` was interrupted at, also what it had begun.
_DIRECTORIES = "authority|browser|edge|identity|kms|logs|mailbox|postgres|redis|run|secrets|stripe|zendesk"
_FILES = r"(colours|graph-[\w-]+|jobs|people|ports|state)\.json|console\.(key|svg)"
_KNOWN = re.compile(rf"{_DIRECTORIES}|({_FILES})|\.({_FILES})\.\d+-\d+|control\.sock|supervisor\.lock")
SECRETS = (
    "secrets/*",
    "console.key",
    "postgres/superuser-password",
    "authority/*.key",
    "identity/*.pem",
    "kms/projects/*/locations/*/keyRings/*/cryptoKeys/*/*.pem",
)
"""Files below a state directory whose content nobody should be shown, as patterns."""
REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_STATE = REPOSITORY / ".local"


class NotRunning(ExplainedError):  # noqa: N818 - reads as what it is
    """No platform runs from this state directory."""


class StateError(ExplainedError):
    """A state directory cannot be used. The message names it and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Paths of one state directory. Everything below it is this user's alone."""

    root: Path

    def prepare(self) -> None:
        """Make the directories that must be there before anything else is written.

        Raises StateError where that cannot be, or another user's platform lives there.
        """
        longest = len(os.fsencode(self.run / "redis-tls" / "admin.sock"))
        if longest > _SOCKET_PATH_BYTES:
            raise StateError(
                f"{self.root} is {longest - _SOCKET_PATH_BYTES} bytes too long: sockets below it would have a longer "
                f"path than the {_SOCKET_PATH_BYTES} bytes that the system takes. "
                "Choose a shorter directory: --state /tmp/coditect."
            )
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._refuse_others(self.root)
            if not self.lock.exists() and any(self.root.iterdir()):
                raise StateError(
                    f"{self.root} holds files that `coditect up` did not make, and they stay a person's own. "
                    "Choose an empty directory, or one that is not there yet: --state DIR."
                )
            self.lock.touch(mode=0o600)  # from here on the directory is a platform's
            for directory in (self.root, self.run, self.logs, self.secrets, self.authority):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._refuse_others(directory)
                directory.chmod(0o700 if directory != self.root else 0o711)
        except FileExistsError as error:
            raise StateError(
                f"{error.filename} is a file, where a directory must be. Choose another: --state DIR."
            ) from None
        except OSError as error:
            raise StateError(
                f"The platform cannot keep its state in {self.root}. {explanation(error) or error} "
                "A directory is named with --state DIR."
            ) from None

    def _refuse_others(self, directory: Path) -> None:
        owner = directory.stat().st_uid
        if owner != os.geteuid():
            raise StateError(
                f"{directory} belongs to {_name_of(owner)}, and a platform's files are one user's alone. "
                f"Run as {_name_of(owner)}, or choose another directory: --state DIR."
            )

    @property
    def run(self) -> Path:
        """One directory for each process: its secrets, its scratch space, its process id."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """The values of Secret Manager's secrets, one file each."""
        return self.root / "secrets"

    @property
    def authority(self) -> Path:
        """The local certificate authority and what it signed."""
        return self.root / "authority"

    @property
    def edge(self) -> Path:
        """Envoy's configuration."""
        return self.root / "edge"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def state(self) -> Path:
        """What runs, as `status` shows it."""
        return self.root / "state.json"

    @property
    def colours(self) -> Path:
        """Which colour takes traffic where a promotion changed it."""
        return self.root / "colours.json"

    @property
    def jobs(self) -> Path:
        """Which jobs are complete."""
        return self.root / "jobs.json"

    @property
    def control(self) -> Path:
        """The supervisor's socket."""
        return self.root / "control.sock"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.root / "supervisor.lock"

    @property
    def console_key(self) -> Path:
        """What the console signs its cookies with; new at every `up`."""
        return self.root / "console.key"

    @property
    def access_log(self) -> Path:
        """One JSON line for each request."""
        return self.logs / "access.json"

    def pod(self, name: str) -> Path:
        return self.run / name

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def secret_files(self) -> Iterator[Path]:
        """Files whose content nobody should be shown."""
        return (file for pattern in SECRETS for file in self.root.glob(pattern))

    def is_known(self, name: str) -> bool:
        """Whether a platform makes a file or directory of that name in its state directory."""
        return _KNOWN.fullmatch(name) is not None


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"the user {user}"


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only this user reads, aside and renamed: a reader sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        aside.touch(mode=0o600)
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
        aside.rename(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        error.filename = str(path)  # of a full disk the system names no file
        raise


def read_names(path: Path) -> dict[str, str]:
    """A file of names and strings; empty where there is none."""
    if not path.exists():
        return {}
    return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}


def write_names(path: Path, names: dict[str, str]) -> None:
    """The counterpart of `read_names`."""
    write_private(path, json.dumps(names, indent=1, sort_keys=True) + "\n")
