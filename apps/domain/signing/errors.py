"""What can go wrong when a lease is signed."""


class SigningError(Exception):
    """Base of every error of this package."""


class SigningMisconfiguredError(SigningError):
    """The setting names no usable key. Waiting does not help; the message says what to write instead."""


class SigningUnavailable(SigningError):  # noqa: N818 - the name agreed with the callers of this package
    """No signature before the deadline: the key service is slow, down, or refuses. The caller may try again later."""


class KeyVersionNotEnabledError(SigningError):
    """The key service refused this version because it is no longer enabled: the list of versions must be read anew."""
