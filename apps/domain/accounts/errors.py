"""What can go wrong on the way to a principal."""

from apps.domain.operations.problems import ProblemError


class AccountError(Exception):
    """Base of the errors of this app."""


class InvalidTokenError(AccountError):
    """The access token is missing, malformed, forged, expired or revoked. `reason` may be told to the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidCredentialsError(AccountError):
    """Unknown email, wrong password, or an account that may not sign in: which of them is not said."""


def too_many_requests(retry_after_s: int) -> ProblemError:
    return ProblemError(
        code="rate_limited",
        status=429,
        title="Too many requests",
        detail=f"The limit of requests a minute is reached. Go on in {retry_after_s} s.",
        retry_after_s=retry_after_s,
    )


def token_revoked() -> ProblemError:
    return ProblemError(
        code="token_revoked",
        status=401,
        title="The token was taken back",
        detail="This access token was revoked by a logout. Sign in again.",
    )
