"""What must be true of every history of grants, however it came about.

A violation is reported only when no instants inside the calls' bounds explain the history (see lives): what is
reported is wrong, whatever the timing was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.history import History, Operation, Outcome
from tests.faults.lives import FREE_WITHIN_S, Life, certainly_until, dead_by, extends, lives_of, strangers


@dataclass(frozen=True, kw_only=True)
class Violation:
    """rule: which invariant. at: instant of the recording."""

    rule: str
    at: float
    says: str


def check(history: History) -> list[Violation]:
    """Every violation, by instant. An empty list: the history can be explained."""
    lives = lives_of(history)
    found = [
        *_never_more_than_bought(history, lives),
        *_one_seat_a_machine(lives),
        *_fence_rises(lives),
        *_living_leases_beat_on(history, lives),
        *_dead_stay_dead(history, lives),
        *_nothing_from_nowhere(history, lives),
        *_free_seats_are_given(history, lives),
    ]
    return sorted(found, key=lambda violation: violation.at)


def peak(history: History) -> int:
    """The most leases of any one license that were certainly living at the same instant."""
    return max((len(living) for living in _crowds(lives_of(history))), default=0)


def _never_more_than_bought(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    for living in _crowds(lives):
        # The last of them was granted when all others were living: after the latest start of a grant, and before the
        # latest end of one. Seats bought may fall later, and nobody is thrown out.
        last = max(living, key=lambda life: life.granted[1])
        since = max(life.granted[0] for life in living)
        _, bought = history.seats_between(last.license, since, last.granted[1])
        if len(living) > bought:
            says = f"{len(living)} leases are living on {bought} seats of {last.license}; the last is {last.session}"
            yield Violation(rule="never more than bought", at=last.granted[1], says=says)


def _crowds(lives: Sequence[Life]) -> Iterator[list[Life]]:
    """Each time a lease begins: the certainly living leases of its license, itself among them."""
    edges = [(life.certain[0], True, life) for life in lives if life.certain[0] < life.certain[1]]
    edges += [(life.certain[1], False, life) for _, _, life in edges]
    living: dict[str, dict[str, Life]] = {}
    for _, begins, life in sorted(edges, key=lambda edge: edge[:2]):
        of_license = living.setdefault(life.license, {})
        if begins:
            of_license[life.session] = life
            yield list(of_license.values())
        else:
            del of_license[life.session]


def _one_seat_a_machine(lives: Sequence[Life]) -> Iterator[Violation]:
    machines: dict[tuple[str, str], list[Life]] = {}
    for life in lives:
        machines.setdefault((life.license, life.hardware), []).append(life)
    for machine in machines.values():
        machine.sort(key=lambda life: life.certain[0])
        latest = machine[0]
        for life in machine[1:]:
            # Both begin with a reply: the later one begins inside the earlier one's certain life, or does not overlap.
            if life.certain[0] < min(latest.certain[1], life.certain[1]):
                says = f"{life.hardware} holds {latest.session} and {life.session} at once"
                yield Violation(rule="one seat a machine", at=life.certain[0], says=says)
            latest = max(latest, life, key=lambda one: one.certain[1])


def _fence_rises(lives: Sequence[Life]) -> Iterator[Violation]:
    for life in lives:
        for call in life.calls:
            if call.is_grant and call.fence != life.fence:
                says = f"{life.session} was granted with fence {life.fence}, then with {call.fence}"
                yield Violation(rule="fence rises", at=call.ended, says=says)
    for license_id in {life.license for life in lives}:
        some = [life for life in lives if life.license == license_id]
        by_end = sorted(some, key=lambda life: life.granted[1])
        highest: Life | None = None
        settled = 0
        for life in sorted(some, key=lambda life: life.granted[0]):
            while settled < len(by_end) and by_end[settled].granted[1] < life.granted[0]:
                if highest is None or by_end[settled].fence > highest.fence:
                    highest = by_end[settled]
                settled += 1
            if highest is not None and life.fence <= highest.fence:
                says = f"{life.session} has fence {life.fence}, the earlier {highest.session} has {highest.fence}"
                yield Violation(rule="fence rises", at=life.granted[1], says=says)
        fences: dict[int, Life] = {}
        for life in some:
            if (other := fences.setdefault(life.fence, life)) is not life:
                says = f"{life.session} and {other.session} have the same fence {life.fence}"
                yield Violation(rule="fence rises", at=life.granted[1], says=says)


def _living_leases_beat_on(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    for life in lives:
        let_go = min(
            [call.started for call in life.calls if call.operation is Operation.RELEASE]
            + ([history.revoked[life.session]] if life.session in history.revoked else []),
            default=float("inf"),
        )
        for call in life.calls:
            if call.operation is not Operation.HEARTBEAT or call.outcome not in (Outcome.GONE, Outcome.REFUSED):
                continue
            before = [
                one for one in life.calls if extends(one) and one.outcome is Outcome.OK and one.ended <= call.started
            ]
            if before and call.ended < min(certainly_until(history, before), let_go):
                says = f"a beat of the living {life.session} was answered {call.outcome}"
                yield Violation(rule="living leases beat on", at=call.ended, says=says)


def _dead_stay_dead(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    for life in lives:
        released = min(
            (c.ended for c in life.calls if c.operation is Operation.RELEASE and c.outcome is Outcome.OK),
            default=float("inf"),
        )
        for call in life.calls:
            if not extends(call) or call.outcome is not Outcome.OK:
                continue
            if call.started > released:
                says = f"{life.session} was released, then a {call.operation} was answered with it"
                yield Violation(rule="dead stay dead", at=call.ended, says=says)
            others = [one for one in life.calls if one is not call and extends(one) and one.started < call.started]
            if others and call.started > dead_by(history, others, born=life.granted[0]):
                says = f"{life.session} had expired, then a {call.operation} was answered with it"
                yield Violation(rule="dead stay dead", at=call.ended, says=says)


def _nothing_from_nowhere(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    granted = {life.session for life in lives}
    for call in history.calls:
        if call.operation is Operation.HEARTBEAT and call.outcome is Outcome.OK and call.session not in granted:
            says = f"a beat of {call.session}, which nobody was granted, was answered ok"
            yield Violation(rule="nothing from nowhere", at=call.ended, says=says)


def _free_seats_are_given(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    holders = [(*life.possible, life.license) for life in lives] + list(strangers(history))
    for call in history.calls:
        if call.operation is not Operation.ACQUIRE or call.outcome is not Outcome.FULL:
            continue
        held = sum(
            license_id == call.license and since <= call.ended and until + FREE_WITHIN_S >= call.started
            for since, until, license_id in holders
        )
        fewest, _ = history.seats_between(call.license, call.started, call.ended)
        if held < fewest:
            says = f"{call.hardware} was refused while at most {held} of {fewest} seats of {call.license} were held"
            yield Violation(rule="free seats are given", at=call.ended, says=says)
