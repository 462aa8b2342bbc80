"""Who holds a seat. Redis decides at once, PostgreSQL is the truth; both hold the invariants below.

Redis, for each license:
    seats:<license>     sorted set: member = session id (16 bytes) + first 6 bytes of the user's id, score = expiry in
                        ms of Redis' own clock; and one member `built:<instance>`, score = epoch, which says on which
                        instance, and in which rebuild, the set was built
    machines:<license>  hash: first 16 bytes of SHA-256 of the hardware id -> member
    22 bytes are the most that the allocator keeps in its smallest block, so a living seat costs about 240 bytes.
PostgreSQL: one row of active_sessions for each grant, open until released_at; one row of seat_epochs a license.

A session is living while its score lies in the future. Then at every moment and whichever process dies where:

1. Living sessions of a license never exceed the seats bought when the last of them was granted.
   One script counts and adds; there is no other way into the set.
2. A lease leaves the service only after PostgreSQL has committed its grant, and a grant is committed only while the
   license stands as the script believed (seats, status, epoch), within 30 s of the script (a third of shorter TTLs).
3. Open rows are a subset of the set's members, wherever the marker is valid. A row opens after its member is added;
   a member leaves after its row is closed, or when PostgreSQL has said that it never was opened.
4. Open rows never exceed the seats bought at the last grant: what expired to make room ends in the same transaction.
   So a set rebuilt from open rows does not over-issue, though it takes everyone for living.
5. A set without the marker of the instance at hand decides nothing. A rebuild raises the epoch while no grant is in
   flight, takes every open row for living for a whole TTL from the moment it stands in Redis (PostgreSQL knows
   no beats), and drops what was ended meanwhile. Grants of an earlier epoch are refused by PostgreSQL; so is the set
   of a rebuild that slept while Redis was lost again, as soon as a grant or a beat meets the contradiction.
6. A dead session stays dead: a beat extends the living alone. Its seat is free in the millisecond it expires, with no
   job; the sweeper only writes history.
7. One machine holds at most one seat of a license: the hash in Redis, and a partial unique index in PostgreSQL.
8. The fence is drawn from one sequence in the grant's transaction: it rises over all grants of a license, also over a
   lost Redis.
"""
