"""The specification's design of the license service as it was written, kept small: the baseline, not a product.

DRF on gunicorn; a counter of seats in Redis; a round trip each for the token blacklist, the rate limit and the seat;
rows through the ORM; one RSA-4096 signature an acquire. Its known faults are kept (seats leak when a session expires,
an acquire cannot be repeated): `docs/adr/` says why we build something else. Where the specification is silent the
faster reading is taken: persistent connections, both rows of an acquire in one transaction, no SQL in a heartbeat.
"""
