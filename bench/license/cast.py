"""Who takes part in a run: the same crowd for the service and for the specification's design."""

TENANTS = 200
"""One license each, so that the rows of one license are not what is measured."""

USERS = 10_000
"""100 requests a minute are allowed to each: enough users that the limit is met by nobody."""
