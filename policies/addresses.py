"""Address ranges, and which of them together are the internet."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

# A sixteenth of all IPv4 addresses, which is sixteen of IANA's blocks. No company holds as many: who lists them lists
# strangers. All private ranges together (RFC 1918) are a fifteenth of it.
_MANY_OF_4 = 2**28
# What a regional registry hands out of (2600::/12 is all of North America's).
_MANY_OF_6 = 2**116
_ALL_OF_4 = 2**32
# How Cloud Armor writes everybody.
_ANY = "*"


def cover_the_internet(ranges: Iterable[str], *, but: Iterable[str] = ()) -> bool:
    """Whether ranges together hold so many addresses that strangers are among them, whatever form they are cut into.

    but: ranges inside them that are taken out again. What is no range at all counts as the internet: a rule that
    cannot read a source must not call it narrow.
    """
    try:
        found, left_out = _sizes(ranges), _sizes(but)
    except ValueError:
        return True
    return found[0] - left_out[0] >= _MANY_OF_4 or found[1] - left_out[1] >= _MANY_OF_6


def cover_everything(ranges: Iterable[str]) -> bool:
    """Whether no IPv4 address is outside of the ranges: what a rule that denies the rest has to name."""
    try:
        return _sizes(ranges)[0] == _ALL_OF_4
    except ValueError:
        return False


def _sizes(ranges: Iterable[str]) -> tuple[int, int]:
    """How many addresses of IPv4 and of IPv6 the ranges hold, each counted once. Raises ValueError for no range."""
    networks = [ip_network("0.0.0.0/0" if written == _ANY else written, strict=False) for written in ranges]
    four = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    six = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    return sum(network.num_addresses for network in four), sum(network.num_addresses for network in six)
