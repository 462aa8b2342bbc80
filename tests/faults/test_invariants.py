"""The judge is judged first: histories made by hand, a good one and each kind of bad one."""

from dataclasses import replace

from tests.faults.history import Call, History, Operation, Outcome, SeatChange, Span
from tests.faults.invariants import check, peak

TTL = 10.0


class Story:
    """A history in the making: every call takes 0.1 s unless told otherwise."""

    def __init__(self, *, seats: int = 1) -> None:
        self.history = History(ttl=TTL, calls=(), seats={"L": seats})

    def add(
        self,
        operation: Operation,
        machine: str,
        at: float,
        outcome: Outcome,
        session: str | None,
        fence: int | None,
        *,
        takes: float = 0.1,
    ) -> "Story":
        ended = float("inf") if outcome is Outcome.LOST else at + takes
        call = Call(
            client=machine,
            operation=operation,
            license="L",
            hardware=machine,
            started=at,
            ended=ended,
            outcome=outcome,
            session=session,
            fence=fence,
        )
        self.history = replace(self.history, calls=(*self.history.calls, call))
        return self

    def grant(self, machine: str, at: float, *, session: str, fence: int, takes: float = 0.1) -> "Story":
        return self.add(Operation.ACQUIRE, machine, at, Outcome.OK, session, fence, takes=takes)

    def acquire(self, machine: str, at: float, outcome: Outcome) -> "Story":
        return self.add(Operation.ACQUIRE, machine, at, outcome, None, None)

    def beat(self, machine: str, at: float, outcome: Outcome = Outcome.OK, *, session: str) -> "Story":
        return self.add(Operation.HEARTBEAT, machine, at, outcome, session, None)

    def release(self, machine: str, at: float, outcome: Outcome = Outcome.OK, *, session: str) -> "Story":
        return self.add(Operation.RELEASE, machine, at, outcome, session, None)

    def rules(self) -> set[str]:
        return {violation.rule for violation in check(self.history)}


def test_a_seat_that_goes_from_hand_to_hand_is_no_violation() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).beat("a", 6, session="s1").release("a", 8, session="s1")
    story.acquire("c", 4, Outcome.FULL).grant("b", 9, session="s2", fence=2).grant("c", 30, session="s3", fence=3)
    assert check(story.history) == []
    assert peak(story.history) == 1


def test_a_seat_whose_grant_is_answered_last_counts_from_the_call_that_may_have_granted_it() -> None:
    story = Story(seats=2).grant("a", 0, session="s1", fence=1, takes=3)
    story.grant("b", 1, session="s2", fence=2).grant("a", 2, session="s1", fence=1)
    assert check(story.history) == []


def test_two_living_leases_on_one_seat_are_found() -> None:
    assert Story().grant("a", 0, session="s1", fence=1).grant("b", 1, session="s2", fence=2).rules() == {
        "never more than bought"
    }


def test_a_lease_granted_before_the_other_has_certainly_expired_is_found() -> None:
    assert Story().grant("a", 0, session="s1", fence=1).grant("b", 9.5, session="s2", fence=2).rules() == {
        "never more than bought"
    }


def test_a_lease_granted_when_the_other_may_just_have_expired_is_no_violation() -> None:
    assert Story().grant("a", 0, session="s1", fence=1).grant("b", 9.95, session="s2", fence=2).rules() == set()


def test_a_seat_given_away_while_its_release_was_under_way_is_no_violation() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).release("a", 2, Outcome.LOST, session="s1")
    assert story.grant("b", 2.05, session="s2", fence=2).rules() == set()


def test_leases_above_a_lowered_seat_count_stay_but_a_new_one_above_it_is_found() -> None:
    story = Story(seats=3)
    for number in range(3):
        story.grant(f"m{number}", number, session=f"s{number}", fence=number)
    lowered = SeatChange(license="L", seats=2, started=4, ended=4.2)
    story.history = replace(story.history, seat_changes=(lowered,))
    assert story.rules() == set()
    story.release("m0", 5, session="s0")
    assert story.grant("m9", 6, session="s9", fence=9).rules() == {"never more than bought"}


def test_one_machine_with_two_seats_is_found() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=1)
    assert story.grant("a", 3, session="s2", fence=2).rules() == {"one seat a machine"}


def test_a_machine_that_asks_again_and_gets_its_own_seat_is_no_violation() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=1)
    assert story.grant("a", 3, session="s1", fence=1).rules() == set()


def test_a_machine_whose_seat_expired_gets_another_one() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=1)
    assert story.grant("a", 10.2, session="s2", fence=2).rules() == set()


def test_a_fence_that_falls_is_found() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=7)
    assert story.grant("b", 3, session="s2", fence=6).rules() == {"fence rises"}


def test_a_fence_given_twice_is_found_even_among_concurrent_grants() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=7)
    assert story.grant("b", 0.05, session="s2", fence=7).rules() == {"fence rises"}


def test_concurrent_grants_may_have_their_fences_in_any_order() -> None:
    story = Story(seats=5).grant("a", 0, session="s1", fence=7)
    assert story.grant("b", 0.05, session="s2", fence=6).rules() == set()


def test_a_beat_of_a_living_lease_that_is_refused_is_found() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).beat("a", 6, session="s1")
    assert story.beat("a", 12, Outcome.GONE, session="s1").rules() == {"living leases beat on"}


def test_a_beat_that_only_met_an_outage_is_no_violation() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).beat("a", 6, Outcome.UNAVAILABLE, session="s1")
    assert story.beat("a", 7, Outcome.LOST, session="s1").rules() == set()


def test_a_beat_refused_after_expiry_release_or_revocation_is_no_violation() -> None:
    expired = Story().grant("a", 0, session="s1", fence=1).beat("a", 11, Outcome.GONE, session="s1")
    released = Story().grant("a", 0, session="s1", fence=1).release("a", 2, session="s1")
    revoked = Story().grant("a", 0, session="s1", fence=1).beat("a", 5, Outcome.GONE, session="s1")
    revoked.history = replace(revoked.history, revoked={"s1": 4.0})
    assert expired.rules() == released.beat("a", 3, Outcome.GONE, session="s1").rules() == revoked.rules() == set()


def test_an_expired_lease_that_a_beat_revives_is_found() -> None:
    story = Story().grant("a", 0, session="s1", fence=1)
    assert story.beat("a", 10.3, session="s1").rules() == {"dead stay dead"}


def test_an_expired_lease_that_is_refused_and_then_revived_is_found() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).beat("a", 10.3, Outcome.GONE, session="s1")
    assert story.beat("a", 11, session="s1").rules() == {"dead stay dead"}


def test_a_lease_that_a_rebuild_took_for_living_may_beat_on() -> None:
    story = Story().grant("a", 0, session="s1", fence=1)
    story.history = replace(story.history, redis_losses=(Span(started=9, ended=10),))
    assert story.beat("a", 15, session="s1").rules() == set()
    assert story.beat("a", 27, session="s1").rules() == {"dead stay dead"}


def test_a_released_lease_that_beats_is_found() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).release("a", 2, session="s1")
    assert story.beat("a", 3, session="s1").rules() == {"dead stay dead"}


def test_a_beat_of_a_session_that_nobody_was_granted_is_found() -> None:
    assert Story().beat("a", 3, session="never").rules() == {"nothing from nowhere"}


def test_a_refusal_while_a_seat_is_certainly_free_is_found() -> None:
    assert Story(seats=2).grant("a", 0, session="s1", fence=1).acquire("b", 2, Outcome.FULL).rules() == {
        "free seats are given"
    }


def test_a_dead_clients_seat_must_be_free_a_second_after_its_ttl_and_not_before() -> None:
    early = Story().grant("a", 0, session="s1", fence=1).acquire("b", 11.0, Outcome.FULL)
    late = Story().grant("a", 0, session="s1", fence=1).acquire("b", 11.2, Outcome.FULL)
    assert early.rules() == set()
    assert late.rules() == {"free seats are given"}


def test_a_seat_that_an_unanswered_acquire_may_hold_counts_as_held() -> None:
    story = Story().acquire("a", 0, Outcome.LOST)
    assert story.acquire("b", 5, Outcome.FULL).rules() == set()
    assert story.acquire("b", 31.0 + TTL + 1.2, Outcome.FULL).rules() == {"free seats are given"}


def test_a_refusal_after_seats_were_bought_is_found_and_one_meanwhile_is_not() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).acquire("b", 2.05, Outcome.FULL)
    story.history = replace(story.history, seat_changes=(SeatChange(license="L", seats=2, started=2, ended=2.1),))
    assert story.rules() == set()
    assert story.acquire("b", 3, Outcome.FULL).rules() == {"free seats are given"}


def test_a_lease_that_an_unanswered_acquire_of_its_machine_may_have_extended_is_no_violation() -> None:
    story = Story().grant("a", 0, session="s1", fence=1).acquire("a", 8, Outcome.UNAVAILABLE)
    assert story.grant("a", 12, session="s1", fence=1).rules() == set()
    assert story.grant("a", 25, session="s1", fence=1).rules() == {"dead stay dead"}
