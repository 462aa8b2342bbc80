"""What the preflight cannot do."""

from explained import ExplainedError


class PreflightError(ExplainedError):
    """A stack that is never deployed, or a table of quotas that cannot be used. The message says what to write."""
