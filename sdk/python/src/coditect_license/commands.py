"""The actions of the command line. Each returns the exit code, or raises LicenseError."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from coditect_license import protocol
from coditect_license.console import Answer, Console, Options
from coditect_license.errors import InvalidLease, LicenseError, LicenseInactive, Revoked, SessionGone
from coditect_license.handle import Lease
from coditect_license.transport import SyncTransport, drive

_NO_SEAT = 1
_GRACE_S = 10.0
"""How long a command whose seat was revoked may take to end by itself."""


def status(options: Options, console: Console) -> int:
    """What this machine holds by its cache, and, with a token, what the license has free by the service."""
    parts = options.parts()
    answer: dict[str, str | float | bool | None] = {"api_url": parts.api_url, "hardware_id": parts.hardware_id}
    lines = [f"service  {parts.api_url}", f"machine  {parts.hardware_id}"]
    try:
        cached = parts.cache.load_lease(hardware_id=parts.hardware_id, keys=parts.known_keys())
    except InvalidLease as error:
        answer.update({"held": False, "reason": str(error)})
        lines.append(f"seat     none: {error}")
        code = _NO_SEAT
    else:
        session = cached.lease.session_id
        answer.update({"held": True, "session_id": session, "remaining_seconds": round(cached.remaining)})
        lines.append(f"seat     {session}, valid for {cached.remaining:.0f} s without the service")
        code = 0
    if options.has_token:
        try:
            used, total = _seats(options)
        except LicenseError as error:
            answer["service_error"] = str(error)
            lines.append(f"license  {error}")
        else:
            answer.update({"seats_used": used, "seats_total": total})
            lines.append(f"license  {used} of {total} seats taken")
    console.tell(answer, "\n".join(lines))
    return code


def acquire(options: Options, console: Console, *, wait: float) -> int:
    """Take a seat and leave it taken. Its time runs out unless it is released or acquired again before."""
    options.token()
    parts = options.parts()
    with contextlib.closing(SyncTransport(parts.api_url, options.token, trust=parts.trust)) as transport:
        drive(parts.seat.acquire(wait=wait), transport, threading.Event())
    lease = Lease(parts.seat)
    answer: Answer = {
        "session_id": lease.session_id,
        "license_id": lease.license_id,
        "seats_used": lease.seats_used,
        "seats_total": lease.seats_total,
        "tier": lease.tier,
        "fence": lease.fence,
        "expires_at": lease.expires_at.isoformat().replace("+00:00", "Z"),
        "remaining_seconds": round(lease.remaining),
    }
    console.tell(
        answer,
        f"Seat taken: session {lease.session_id}, {lease.seats_used} of {lease.seats_total}, "
        f"for {lease.remaining:.0f} s. Give it back with: coditect-license release",
    )
    return 0


def release(options: Options, console: Console) -> int:
    """Give back the seat that `acquire` left taken, unless a running process uses it."""
    options.token()
    parts = options.parts()
    session = parts.cache.session_id()
    if session is None:
        console.tell({"released": False, "reason": "no seat"}, "There is no seat to give back.")
        return 0
    parts.lock.join()
    if not parts.lock.is_last():
        console.tell({"released": False, "reason": "in use"}, "A running process of this machine uses the seat: kept.")
        return 0
    try:
        with (
            contextlib.closing(SyncTransport(parts.api_url, options.token, trust=parts.trust)) as transport,
            contextlib.suppress(SessionGone),
        ):
            protocol.read(transport.send(protocol.release_call(session)))
        parts.cache.forget_lease()
    finally:
        parts.lock.leave()
    console.tell({"released": True, "session_id": session}, f"Seat given back: session {session}")
    return 0


def run(options: Options, console: Console, *, command: Sequence[str], wait: float) -> int:
    """Hold a seat while `command` runs. Its exit code, or 128 + the signal that ended it.

    A command whose license is withdrawn (revoked, suspended) is ended; one whose service is out of reach is not.
    """
    with options.client(wait=wait) as lease:
        try:
            child = subprocess.Popen(command)  # noqa: S603 - running what the caller names is what this is for
        except FileNotFoundError:
            console.err.write(f"coditect-license: {command[0]}: command not found\n")
            return 127
        except PermissionError:
            console.err.write(f"coditect-license: {command[0]}: not executable\n")
            return 126
        with _signals_go_to(child):
            code = _watch(child, lease)
        if isinstance(lease.problem, (Revoked, LicenseInactive)):
            raise lease.problem
    return 128 - code if code < 0 else code


def _watch(child: subprocess.Popen[bytes], lease: Lease) -> int:
    while True:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            if isinstance(lease.problem, (Revoked, LicenseInactive)):
                child.terminate()
                break
    try:
        return child.wait(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


@contextlib.contextmanager
def _signals_go_to(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """The command decides what a signal means; the seat is given back once it has ended."""

    def hand_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    # Ctrl-C reaches the command by itself: the terminal sends it to both.
    handlers = {signal.SIGTERM: hand_on, signal.SIGINT: lambda *_: None}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = hand_on
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seats(options: Options) -> tuple[int, int]:
    parts = options.parts()
    with contextlib.closing(SyncTransport(parts.api_url, options.token, trust=parts.trust)) as transport:
        licenses = protocol.read(transport.send(protocol.licenses_call())).get("licenses", [])
    return sum(row["seats_used"] for row in licenses), sum(row["seats_total"] for row in licenses)
