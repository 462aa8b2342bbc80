"""Seeded mutants: `python -m tests.faults.mutants [NAME ...]`.

Each is one way to break the protocol, applied to a copy of the sources in a temporary directory, never in place. The
test it names must turn red. Prints a table; status 1 when a mutant survives or can no longer be seeded.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.service import ROOT

_COPIED = ("apps", "coditect", "tests", "sdk", "conftest.py", "pyproject.toml")
_SEATS = "apps/domain/licensing/seats"
_SQL = "apps/domain/licensing/migrations/0002_seats.sql"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """`old` is replaced by `new` in `file`, where it must stand exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """After all edits `test` must fail. What is guarded twice takes two edits: one alone must not show."""

    name: str
    edits: tuple[Edit, ...]
    test: str


MUTANTS = (
    Mutant(
        name="seats are not counted",
        edits=(
            Edit(file=f"{_SEATS}/scripts/acquire.lua", old="if living < bought then", new="if living <= bought then"),
            Edit(file=_SQL, old="IF p_seats_used > v_seats THEN", new="IF false THEN"),
        ),
        test="test_storm.py::test_a_storm_for_100_seats_never_finds_101",
    ),
    Mutant(
        name="the dead are counted (no sweep before count)",
        edits=(
            Edit(
                file=f"{_SEATS}/scripts/acquire.lua",
                old="local living = redis.call('ZCOUNT', seats, LIVING, '+inf')",
                new="local living = redis.call('ZCARD', seats) - 1",
            ),
        ),
        test="test_expiry.py::test_a_dead_clients_seat_is_free_a_second_after_its_ttl_at_the_latest",
    ),
    Mutant(
        name="an acquire does not find the seat its machine holds",
        edits=(
            Edit(
                file=f"{_SEATS}/scripts/acquire.lua",
                old="local expiry = member and redis.call('ZSCORE', KEYS[1 + 2 * i], member)",
                new="local expiry = nil",
            ),
        ),
        test="test_lost_replies.py::test_who_lost_the_reply_gets_the_same_seat_and_not_a_second_one",
    ),
    Mutant(
        name="a beat revives the dead",
        edits=(Edit(file=f"{_SEATS}/scripts/beat.lua", old="if held <= now then", new="if false then"),),
        test="test_expiry.py::test_a_beat_of_an_expired_session_does_not_bring_it_back_whether_its_seat_was_taken_or_not",
    ),
    Mutant(
        name="a seat set without its marker decides (no rebuild)",
        edits=(
            Edit(
                file=f"{_SEATS}/scripts/acquire.lua",
                old="if not epochs[i] then",
                new="if not epochs[i] and redis.call('ZADD', KEYS[1 + 2 * i], 0, marker) == 0 then",
            ),
        ),
        test="test_lost_redis.py::test_who_held_all_seats_before_the_loss_holds_them_after_it[flush]",
    ),
    Mutant(
        name="an old copy of Redis passes for the instance that built it",
        edits=(
            Edit(
                file="apps/domain/operations/redis_connection.py",
                old='sha1(f"{self._run_id}{history}".encode(), usedforsecurity=False)',
                new="sha1()",
            ),
        ),
        test="test_lost_redis.py::test_a_seat_released_before_the_loss_is_not_brought_back_by_the_rebuild",
    ),
    Mutant(
        name="a rebuild forgets who holds a seat",
        edits=(
            Edit(
                file=f"{_SEATS}/rebuild.py",
                old="is_installed = decisions.install(link, terms, found.sessions, epoch=found.epoch, ttl_ms=ttl_ms)",
                new="is_installed = decisions.install(link, terms, (), epoch=found.epoch, ttl_ms=ttl_ms)",
            ),
        ),
        test="test_lost_redis.py::test_a_lost_redis_costs_no_lease_and_issues_none_too_many[kill]",
    ),
    Mutant(
        name="the epoch is not checked (grants of before a rebuild are committed)",
        edits=(
            Edit(
                file=_SQL,
                old="IF v_epoch IS DISTINCT FROM p_epoch THEN",
                new="IF false THEN",
            ),
        ),
        test="test_protocol_model.py",
    ),
    Mutant(
        name="the lock of grants against rebuilds is removed",
        edits=(Edit(file=_SQL, old="PERFORM pg_advisory_xact_lock(seats_lock_key(p_license));", new="NULL;"),),
        test="test_locks.py::test_a_rebuild_waits_for_the_grants_in_flight_and_sees_them",
    ),
    Mutant(
        name="the fence does not rise",
        edits=(Edit(file=_SQL, old="fence := nextval('lease_fence');", new="fence := 1;"),),
        test="test_lost_redis.py::test_fences_go_on_rising_after_the_loss",
    ),
    Mutant(
        name="who made room is not ended with the grant",
        edits=(Edit(file=_SQL, old="IF cardinality(p_dead) > 0 THEN", new="IF false THEN"),),
        test="test_storm.py::test_a_storm_for_100_seats_never_finds_101",
    ),
    Mutant(
        name="the seats bought are not checked at the commit",
        edits=(
            Edit(file=_SQL, old="IF v_seats <> p_seats_total THEN", new="IF false THEN"),
            Edit(file=_SQL, old="IF p_seats_used > v_seats THEN", new="IF false THEN"),
        ),
        test="test_expiry.py::test_seats_lowered_to_what_is_in_use_admit_nobody_more",
    ),
    Mutant(
        name="a release of nobody's session is answered ok",
        edits=(
            Edit(
                file=f"{_SEATS}/holding.py",
                old="    if answer.ended is None or answer.license_id is None:\n        raise",
                new="    if answer.ended is None or answer.license_id is None:\n        return\n        raise",
            ),
        ),
        test="test_expiry.py::test_a_beat_of_a_session_that_never_was_or_is_another_users_is_not_found",
    ),
    Mutant(
        name="a seat whose lease was not signed stays taken",
        edits=(
            Edit(
                file="apps/license_api/views/seats.py",
                old="holding.give_back(link, seat, machine=machine, origin=origin)",
                new="pass",
            ),
        ),
        test="test_signer.py::test_while_the_key_is_away_or_slow_acquires_fail_seats_return_and_leases_beat_on[away]",
    ),
    Mutant(
        name="a repeated release frees nothing that a dead process left",
        edits=(
            Edit(
                file=f"{_SEATS}/holding.py",
                old="        decisions.drop(link, terms, [ended])\n\n",
                new="        if answer.outcome == 'ended':\n            decisions.drop(link, terms, [ended])\n\n",
            ),
        ),
        test="test_killed_service.py::test_a_release_that_died_half_way_is_finished_by_repeating_it[end-committed]",
    ),
    Mutant(
        name="the token says which algorithm counts",
        edits=(
            Edit(
                file="apps/domain/accounts/tokens.py",
                old="algorithms=[ALGORITHM]",
                new='algorithms=["HS256", "HS512", "none"]',
            ),
        ),
        test="test_tokens.py::test_a_token_that_does_not_count_gets_no_seat[_other_algorithm]",
    ),
    Mutant(
        name="revocations are not asked for after a lost Redis",
        edits=(Edit(file="apps/domain/accounts/scripts/admit.lua", old="if not marks[1] then", new="if false then"),),
        test="test_tokens.py::test_a_token_taken_back_is_refused_wherever_it_is_replayed_also_after_a_lost_redis",
    ),
    Mutant(
        name="the sweeper ends whoever beat meanwhile",
        edits=(
            Edit(
                file=f"{_SEATS}/scripts/drop.lua",
                old="if not (expiry and ARGV[2] == '1' and tonumber(expiry) > now) then",
                new="if true then",
            ),
        ),
        test="test_protocol_model.py",
    ),
)


def main() -> int:
    """Exit status."""
    wanted = sys.argv[1:]
    unknown = set(wanted) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.stderr.write(f"No such mutant: {', '.join(sorted(unknown))}. There are:\n")
        sys.stderr.write("".join(f"  {mutant.name}\n" for mutant in MUTANTS))
        return 2
    mutants = [mutant for mutant in MUTANTS if not wanted or mutant.name in wanted]
    survivors = 0
    sys.stdout.write(f"{'mutant':<62} {'killed by':<78} {'result':<9} s\n")
    for mutant in mutants:
        started = time.monotonic()
        result = _try(mutant)
        survivors += result != "killed"
        seconds = time.monotonic() - started
        sys.stdout.write(f"{mutant.name:<62} {_short(mutant.test):<78} {result:<9} {seconds:.0f}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(mutants) - survivors} of {len(mutants)} killed\n")
    return 1 if survivors else 0


def _try(mutant: Mutant) -> str:
    with tempfile.TemporaryDirectory(prefix="coditect-mutant-") as name:
        copy = Path(name)
        copy.chmod(0o755)
        for part in _COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy(source, copy / part)
        for edit in mutant.edits:
            path = copy / edit.file
            text = path.read_text()
            if text.count(edit.old) != 1:
                return "misplaced"
            path.write_text(text.replace(edit.old, edit.new))
        return _verdict(_run(copy, f"tests/faults/{mutant.test}"))


def _run(copy: Path, test: str) -> "subprocess.CompletedProcess[str]":
    command: Sequence[str] = (
        *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
        *("--no-header", "--tb=line", test),
    )
    environment = {**os.environ, "FAULTS_DO_NOT_SHRINK": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def _verdict(done: "subprocess.CompletedProcess[str]") -> str:
    # 1: tests failed. Anything else that is not 0 says that the test could not be run, which kills nobody.
    if done.returncode == 1 and " error" not in done.stdout.splitlines()[-1]:
        return "killed"
    return "SURVIVED" if done.returncode == 0 else "not run"


def _short(test: str) -> str:
    return test if len(test) <= 78 else test[:75] + "..."


if __name__ == "__main__":
    sys.exit(main())
