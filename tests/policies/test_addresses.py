"""Ranges are the internet by what they hold together, not by how they are written."""

import pytest

from policies.addresses import cover_everything, cover_the_internet

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@pytest.mark.parametrize(
    "ranges",
    [
        ("0.0.0.0/0",),
        ("::/0",),
        ("*",),
        ("0.0.0.0/1", "128.0.0.0/1"),
        ("128.0.0.0/1",),
        ("10.0.0.0/8", "0.0.0.0/2", "64.0.0.0/2"),
        tuple(f"{first}.0.0.0/8" for first in range(1, 224) if first not in {10, 127}),
        ("2000::/3",),
        ("8000::/1", "::/1"),
        ("vpn.coditect.com",),
    ],
    ids=lambda ranges: f"{ranges[0]} and {len(ranges) - 1} more",
)
def test_ranges_that_hold_strangers_are_the_internet(ranges: tuple[str, ...]) -> None:
    assert cover_the_internet(ranges)


@pytest.mark.parametrize(
    "ranges",
    [(), PRIVATE, ("203.0.113.7/32",), ("35.191.0.0/16", "130.211.0.0/22"), ("10.0.0.0/8",) * 20, ("2001:db8::/32",)],
    ids=["none", "private", "one", "Google's load balancer", "the same again", "a company's"],
)
def test_networks_that_somebody_owns_are_not(ranges: tuple[str, ...]) -> None:
    assert not cover_the_internet(ranges)


def test_what_is_taken_out_again_is_not_counted() -> None:
    assert cover_the_internet(("0.0.0.0/0",), but=PRIVATE)
    assert not cover_the_internet(("0.0.0.0/0",), but=("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "224.0.0.0/3"))


@pytest.mark.parametrize(
    ("ranges", "everything"),
    [
        (("0.0.0.0/0",), True),
        (("0.0.0.0/1", "128.0.0.0/1"), True),
        (("0.0.0.0/1",), False),
        (("::/0",), False),
        (("nowhere",), False),
        ((), False),
    ],
)
def test_a_rule_denies_the_rest_only_where_it_names_every_address(ranges: tuple[str, ...], everything: bool) -> None:
    assert cover_everything(ranges) is everything
