"""Who takes part in a run: the same crowd for the service and for the specification's design."""

TENANTS = 200
"""One license each, so that the rows of one license are not what is measured."""

USERS = 10_000
"""100 requests a minute are allowed to each: enough users that the limit is met by nobody."""

MACHINES = 40_000
"""The most acquires of a run; each is another machine, for a repeated one would be answered with the same seat."""
