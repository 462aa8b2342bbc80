"""`coditect-license`: seats from the command line. Exit codes are those of sysexits.h, where it has one."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from coditect_license.commands import acquire, release, run, status
from coditect_license.console import Console, Options
from coditect_license.errors import (
    ConfigurationError,
    LicenseError,
    LicenseInactive,
    NoSeats,
    Offline,
    Refused,
    Revoked,
    Unauthorized,
)
from coditect_license.settings import DEFAULT_API_URL, DEFAULT_CACHE_DIR
from coditect_license.version import VERSION

EXIT_CODES: Mapping[type[LicenseError], int] = {
    NoSeats: 75,  # EX_TEMPFAIL: the same later may work
    Offline: 69,  # EX_UNAVAILABLE
    Unauthorized: 77,  # EX_NOPERM
    LicenseInactive: 77,
    Revoked: 77,
    Refused: 77,
    ConfigurationError: 78,  # EX_CONFIG
}
_USAGE = 64  # EX_USAGE
_EPILOG = f"""\
environment:
  CODITECT_TOKEN         access token of the signed-in user (or CODITECT_TOKEN_FILE, a file that holds it)
  CODITECT_API_URL       address of the license service (default {DEFAULT_API_URL})
  CODITECT_CA_FILE       certificate of the only authority to trust (default: the system's authorities)
  CODITECT_CACHE_DIR     where leases are kept (default {DEFAULT_CACHE_DIR})
  CODITECT_PUBLIC_KEYS   PEM file with the service's keys, to trust those alone
  CODITECT_HARDWARE_ID   names this machine, where its own id will not do

exit codes:
  0 done, a seat is held        1 a lease that is not genuine, or status: no seat
  64 wrong usage                69 the service is out of reach
  75 all seats are taken        77 not allowed: sign in, or see the license's owner
  78 wrong setting              run: that of COMMAND, or 128 + its signal
"""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own, handed through
        # An abbreviation would take a token, given as `--token`, for the name of the token's file, and print it.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit code."""
    parser = command_line()
    parsed = parser.parse_args(arguments)
    if parsed.action == "run" and parsed.command[:1] == ["--"]:
        parsed.command = parsed.command[1:]
    if parsed.action == "run" and not parsed.command:
        parser.error("run: name a command after --, such as: coditect-license run -- make build")
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.ERROR,
        stream=sys.stderr,
        format="coditect-license: %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    console = Console(as_json=parsed.json, out=sys.stdout, err=sys.stderr)
    try:
        options = _options(parsed)
        if parsed.action == "status":
            return status(options, console)
        if parsed.action == "acquire":
            return acquire(options, console, wait=parsed.wait)
        if parsed.action == "release":
            return release(options, console)
        return run(options, console, command=parsed.command, wait=parsed.wait)
    except LicenseError as error:
        console.fail(error)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130


def exit_code(error: LicenseError) -> int:
    """What the command exits with for `error`; 1 where there is no better word."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def command_line() -> argparse.ArgumentParser:
    """What `coditect-license` understands."""
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="answer in JSON")
    common.add_argument("--verbose", action="store_true", help="log what happens")
    common.add_argument(
        "--api-url", default=os.environ.get("CODITECT_API_URL", DEFAULT_API_URL), help="license service"
    )
    common.add_argument(
        "--token-file", default=os.environ.get("CODITECT_TOKEN_FILE"), type=Path, help="holds the token"
    )
    common.add_argument("--ca-file", type=Path, help="certificate of the only authority to trust")
    common.add_argument(
        "--cache-dir",
        default=os.environ.get("CODITECT_CACHE_DIR", DEFAULT_CACHE_DIR),
        type=Path,
        help="holds the leases",
    )
    common.add_argument(
        "--public-keys", default=os.environ.get("CODITECT_PUBLIC_KEYS"), type=Path, help="PEM file with trusted keys"
    )
    waiting = _Parser(add_help=False)
    waiting.add_argument(
        "--wait",
        nargs="?",
        const=float("inf"),
        default=0.0,
        type=_seconds,
        metavar="SECONDS",
        help="wait for a seat while all are taken, at most so long (without SECONDS: as long as it takes)",
    )
    parser = _Parser(
        prog="coditect-license",
        description="Seats of CODITECT licenses.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"coditect-license {VERSION}")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    actions.add_parser("status", parents=[common], help="what this machine holds, and what the license has free")
    actions.add_parser(
        "acquire", parents=[common, waiting], help="take a seat; it lasts until it is released or its time is up"
    )
    actions.add_parser("release", parents=[common], help="give the seat of `acquire` back")
    runs = actions.add_parser("run", parents=[common, waiting], help="hold a seat while COMMAND runs")
    runs.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command and its arguments")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return seconds


def _options(parsed: argparse.Namespace) -> Options:
    keys: Path | None = parsed.public_keys
    try:
        pems = None if keys is None else (keys.read_text(),)
    except OSError as error:
        raise ConfigurationError(f"The public keys {keys} cannot be read: {error.strerror}.") from None
    return Options(
        api_url=parsed.api_url,
        token_file=parsed.token_file,
        ca_file=parsed.ca_file,
        cache_dir=parsed.cache_dir.expanduser(),
        public_keys=pems,
    )


if __name__ == "__main__":
    raise SystemExit(main())
