"""What a person meets who starts the platform where it cannot run: one paragraph that says what to do."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from coditect.local.layout import REPOSITORY
from coditect.local.listeners import listener
from coditect.local.ports import Ports
from coditect.local.process import LOOPBACK
from explained.exits import Exit
from tests.missing import missing

IS_ROOT = os.geteuid() == 0
_NOBODY = 65534
_MOUNT = 'mount -t tmpfs -o "$0" tmpfs "$1" && shift && exec "$@"'


def coditect(
    *arguments: str, given: str | None = None, through: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """A command as a script runs it: nobody can be asked. through: a command that runs it."""
    return subprocess.run(
        [*through, sys.executable, "-m", "coditect", *arguments],
        cwd=REPOSITORY,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
    )


def explained(done: subprocess.CompletedProcess[str], status: Exit = Exit.COULD_NOT_RUN) -> str:
    """What a refused command says."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "error " in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "nostack"),
        ("graph", "nostack", "--json"),
        ("cost", "nostack"),
        ("policy", "nostack"),
        ("release", "nostack", "gateway-backend", f"sha256:{'0' * 64}"),
    ],
)
def test_every_command_names_the_stacks_there_are(command: tuple[str, ...]) -> None:
    assert "dev, dr, local, prod, staging" in explained(coditect(*command), Exit.USAGE)


def test_a_stack_that_is_not_there_does_not_start(tmp_path: Path) -> None:
    said = explained(coditect("up", "--stack", "nostack", "--state", str(tmp_path / "state")), Exit.USAGE)
    assert "There is no stack 'nostack'" in said


def test_a_stack_that_cannot_run_here_names_the_one_that_can(tmp_path: Path) -> None:
    said = explained(coditect("up", "--stack", "prod", "--state", str(tmp_path / "state")))
    assert "prod cannot run on one machine" in said
    assert "`coditect up`" in said


@pytest.mark.parametrize("file", ["stacks/Pulumi.local.yaml", "stacks/releases/local.yaml"])
def test_a_file_that_is_no_yaml_is_named_with_the_place(copy: Path, file: str) -> None:
    (copy / file).write_text("config:\n  a: [1\n  b: 2\n")
    done = subprocess.run(
        [sys.executable, "-m", "coditect", "up", "--state", str(copy / "state")],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    said = explained(done)
    assert f"{file} is not YAML" in said
    assert "line 3" in said


def test_a_state_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert "is a file, where a directory must be" in explained(coditect("up", "--state", str(tmp_path / "state")))


def test_a_path_that_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    state = tmp_path / ("a" * 60) / ("b" * 60)
    said = explained(coditect("up", "--state", str(state)))
    assert "bytes too long" in said
    assert "--state /tmp/coditect" in said
    assert not state.exists()


def test_a_directory_without_rights_is_named(state_directory: Path) -> None:
    (state_directory / "closed").mkdir(mode=0o500)
    said = explained(coditect("up", "--state", str(state_directory / "closed" / "state"), through=_bound_by_rights()))
    assert "this user may not" in said
    assert "--state DIR" in said


def _bound_by_rights() -> tuple[str, ...]:
    """Before a command: root may write everywhere, but not without the capabilities that say so."""
    if not IS_ROOT:
        return ()
    if shutil.which("setpriv") is None:
        missing("There is no setpriv here, which takes capabilities from root.", remedy="Install util-linux.")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_a_directory_of_another_user_is_refused_and_left_alone(tmp_path: Path) -> None:
    if IS_ROOT:
        state = tmp_path / "state"
        state.mkdir(mode=0o700)
        os.chown(state, _NOBODY, _NOBODY)
    else:
        state = Path("/usr")  # of root, or of whoever installed this machine
    before = (state.stat().st_uid, state.stat().st_mode, sorted(state.iterdir()))
    assert "belongs to" in explained(coditect("up", "--state", str(state)))
    assert (state.stat().st_uid, state.stat().st_mode, sorted(state.iterdir())) == before


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Where `on` mounts. A path that is short enough for a socket below it."""
    directory = Path(tempfile.mkdtemp(prefix="disk-"))
    yield directory
    directory.rmdir()


def on(disk: Path, options: str) -> tuple[str, ...]:
    """Before a command: it alone sees a small disk there, which is gone when it ends."""
    tail = ("sh", "-c", _MOUNT, options, str(disk))
    ways = [(*alone, *tail) for alone in (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))]
    way = next((way for way in ways if shutil.which(way[0]) and not subprocess.run([*way, "true"]).returncode), None)
    if way is None:
        missing(
            "This user may not mount a disk of its own.",
            remedy="Linux lets everybody with user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0 "
            "on Ubuntu; in a container, give it SYS_ADMIN.",
        )
    return way


def test_a_full_disk_is_named(small_disk: Path) -> None:
    said = explained(coditect("up", "--state", str(small_disk / "state"), through=on(small_disk, "size=64k")))
    assert str(small_disk) in said
    assert "no space left" in said


def test_a_read_only_disk_is_named(small_disk: Path) -> None:
    said = explained(coditect("up", "--state", str(small_disk / "state"), through=on(small_disk, "size=64k,ro")))
    assert "read-only" in said
    assert str(small_disk) in said


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['psycopg'] = None; sys.argv = ['coditect', 'up', '--state', sys.argv[1]]; "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}import coditect.cli; coditect.cli.main()", str(tmp_path / "state")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The package psycopg is not installed here" in explained(done)


@pytest.mark.parametrize("end", ["ctrl-c", "down"])
def test_an_end_while_the_stack_is_read_is_quiet(copy: Path, end: str) -> None:
    state = copy / "state"
    running = subprocess.Popen(
        [sys.executable, "-m", "coditect", "up", "--state", str(state)],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    first = running.stderr.readline()
    assert "reading what local declares" in first
    time.sleep(0.5)
    if end == "down":
        assert coditect("down", "--state", str(state)).returncode == 0
    else:
        os.killpg(running.pid, signal.SIGINT)  # as a terminal sends it: to the whole group
    _, rest = running.communicate(timeout=60)
    assert "Traceback" not in rest
    assert running.returncode == 0


def test_a_listener_that_moved_says_who_has_its_port_and_takes_it_back(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "ports.json"
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        number = int(taken.getsockname()[1])
        moved = Ports(file, said=said.append).of("https", preferred=number)
        assert moved != number
        if Path("/proc").exists():
            assert f"(process {os.getpid()})" in listener(number)
        who = listener(number) or "another process"
        assert said == [f"https moved from {number} to {moved}: it is taken by {who}; it is taken back when free"]
        assert Ports(file, said=said.append).of("https", preferred=number) == moved
        assert len(said) == 1
    assert Ports(file, said=said.append).of("https", preferred=number) == number
    assert said[-1] == f"https is back on {number}, from {moved}"
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, number))
        taken.listen()
        assert Ports(file).of("https", preferred=number) == moved, "the same one every time"


def test_a_directory_with_files_of_something_else_is_not_taken_over(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o750)
    (home / "thesis.txt").write_text("")
    said = explained(coditect("up", "--state", str(home)))
    assert "holds files that `coditect up` did not make" in " ".join(said.split())
    assert home.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]


class TestReset:
    """What is deleted is shown, and a person agrees."""

    @pytest.fixture
    def state(self, state_directory: Path) -> Iterator[Path]:
        state = state_directory / "reset"
        (state / "secrets").mkdir(parents=True)
        (state / "secrets" / "jwt-keys").write_text("x" * 3 * 2**20)
        (state / "supervisor.lock").touch()
        (state / "state.json").write_text('{"databases": ["coditect", "licenses"]}')
        yield state
        shutil.rmtree(state, ignore_errors=True)

    def test_without_a_terminal_it_says_what_would_go_and_refuses(self, state: Path) -> None:
        said = explained(coditect("reset", "--state", str(state)), Exit.USAGE)
        assert f"{state} (3 MiB)" in said
        assert "the databases coditect, licenses" in said
        assert "--yes" in said
        assert (state / "secrets" / "jwt-keys").exists()

    def test_a_script_says_yes(self, state: Path) -> None:
        done = coditect("reset", "--yes", "--state", str(state))
        assert done.returncode == 0, done.stderr
        assert not state.exists()
        again = coditect("reset", "--yes", "--state", str(state))
        assert again.returncode == 0
        assert "nothing" in again.stderr

    def test_one_that_was_interrupted_is_repeated(self, state: Path) -> None:
        shutil.rmtree(state / "secrets")
        (state / "state.json").unlink()
        assert coditect("reset", "--yes", "--state", str(state)).returncode == 0
        assert not state.exists()

    def test_files_of_a_person_in_it_are_left_and_told(self, state: Path) -> None:
        (state / "thesis").mkdir()
        (state / "thesis" / "draft.txt").write_text("mine")
        (state / "notes.txt").write_text("mine")
        done = coditect("reset", "--yes", "--state", str(state))
        assert done.returncode == 0, done.stderr
        assert "notes.txt, thesis" in done.stderr
        assert sorted(path.name for path in state.iterdir()) == ["notes.txt", "thesis"]
        assert (state / "thesis" / "draft.txt").read_text() == "mine"

    def test_a_link_to_it_is_followed(self, state: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(state)
        done = coditect("reset", "--yes", "--state", str(link))
        assert done.returncode == 0, done.stderr
        assert not state.exists()

    def test_asking_changes_nothing(self, state: Path) -> None:
        explained(coditect("reset", "--state", str(state)), Exit.USAGE)
        assert not (state / "postgres").exists()

    def test_a_database_behind_a_link_is_neither_given_away_nor_deleted(self, state: Path, tmp_path: Path) -> None:
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        owner = foreign.stat().st_uid
        (state / "postgres").mkdir()
        (state / "postgres" / "cluster").symlink_to(foreign)
        said = explained(coditect("reset", "--yes", "--state", str(state)))
        assert f"{state}/postgres/cluster is a symbolic link" in " ".join(said.split())
        assert foreign.stat().st_uid == owner

    def test_a_directory_of_something_else_is_never_deleted(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("")
        assert "was not made by `coditect up`" in explained(coditect("reset", "--yes", "--state", str(tmp_path)))
        assert (tmp_path / "thesis.txt").exists()
