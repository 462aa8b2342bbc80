"""Tokens that nobody issued, or that no longer count: none of them gets a seat, and none costs one."""

import uuid

import jwt
import pytest

from tests.faults.cast import Customer, TokenMaker, customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome

FOREIGN_SECRET = "a secret of someone else, long enough for HS256"


def _expired(make: TokenMaker, of: Customer) -> str:
    return make.token(of.users[0], of, lifetime_s=-60)


def _unknown_kid(make: TokenMaker, of: Customer) -> str:
    return make.token(of.users[0], of, kid="1999-01")


def _unsigned(make: TokenMaker, of: Customer) -> str:
    return make.token(of.users[0], of, algorithm="none")


def _foreign_key(make: TokenMaker, of: Customer) -> str:
    return make.token(of.users[0], of, secret=FOREIGN_SECRET)


def _other_algorithm(make: TokenMaker, of: Customer) -> str:
    return make.token(of.users[0], of, algorithm="HS512")


def _changed_claims(make: TokenMaker, of: Customer) -> str:
    head, _, signature = make.token(of.users[0], of).split(".")
    claims = jwt.decode(make.token(of.users[0], of), options={"verify_signature": False})
    richer = jwt.encode({**claims, "role": "admin"}, FOREIGN_SECRET, algorithm="HS256").split(".")[1]
    return f"{head}.{richer}.{signature}"


def _no_token(_make: TokenMaker, _of: Customer) -> str:
    return ""


@pytest.mark.parametrize(
    "forge", [_expired, _unknown_kid, _unsigned, _foreign_key, _other_algorithm, _changed_claims, _no_token]
)
def test_a_token_that_does_not_count_gets_no_seat(open_scene: OpenScene, forge: object) -> None:
    acme = customer(seats=1, users=1)
    scene = open_scene(acme, ttl_s=60)
    assert callable(forge)
    token = forge(scene.ground.tokens, acme)
    assert isinstance(token, str)
    stranger = scene.caller(acme, token=token)
    stranger.acquire()
    assert stranger.answer.status == 401
    stranger.beat(str(uuid.uuid4()))
    assert stranger.answer.status == 401
    alice = scene.caller(acme)
    assert alice.acquire().outcome is Outcome.OK


def test_a_token_taken_back_is_refused_wherever_it_is_replayed_also_after_a_lost_redis(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=1)
    scene = open_scene(acme, ttl_s=60)
    token = scene.ground.tokens.token(acme.users[0], acme)
    alice = scene.caller(acme, token=token)
    session = str(alice.acquire().session)
    claims = jwt.decode(token, options={"verify_signature": False})
    # As a logout writes it: the truth first, then the copy that Redis decides by.
    scene.ground.sql(
        "INSERT INTO revoked_tokens (jti, user_id, expires_at, revoked_at) VALUES (%s, %s, to_timestamp(%s), now())",
        (claims["jti"], claims["sub"], claims["exp"]),
    )
    scene.ground.redis.client().set(b"revoked:" + uuid.UUID(claims["jti"]).bytes, b"1", ex=3600)
    replays = [alice.beat(session), alice.acquire(), alice.release(session)]
    assert [call.outcome for call in replays] == [Outcome.REFUSED] * 3
    scene.ground.redis.client().flushall()
    for _ in range(8):  # every worker, before and after it notices
        alice.beat(session)
        assert alice.answer.status in (401, 503)
    assert alice.answer.code == "token_revoked"
    # The seat is still held by who signs in again.
    again = scene.caller(acme, hardware=alice.hardware)
    assert again.beat(session).outcome is Outcome.OK
