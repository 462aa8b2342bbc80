"""Values that stand in settings and releases until somebody writes the real ones: one rule for each form."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coditect.graph.values import Json, leaves
from coditect.release import unreleased
from infra.releases import Releases
from infra.settings import Settings

# Reserved for documentation (RFC 5737): they belong to nobody, so nobody gets in.
_DOCUMENTATION = tuple(map(ipaddress.IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """where: path of a setting, or the image. says: what to write there."""

    where: str
    value: str
    says: str


def _is_documentation_range(value: str) -> bool:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        return False
    return any(network.subnet_of(reserved) for reserved in _DOCUMENTATION)


def _form(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.search(value) is not None


# The form of a value says that it is a placeholder, wherever it stands: a new setting needs no rule of its own.
_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_form(r"^41000000\d{1,2}$"), "GitHub's own number: gh api repos/OWNER/NAME --jq '.id, .owner.id'"),
    (
        _form(r"^41000000000\d$"),
        "the project's number: gcloud projects describe PROJECT --format='value(projectNumber)'",
    ),
    (_form(r"^41000000000\d-"), "the OAuth client id that Google's console gives (APIs & Services, Credentials)"),
    (_form(r"^Ov23liCoditect"), "the client id of the OAuth app that GitHub's settings give"),
    (_is_documentation_range, "the office's or the VPN's own range: this one belongs to nobody (RFC 5737)"),
    (_form(r"\.?u0+\.wl"), "the host that SendGrid shows under Sender Authentication: it holds the account's number"),
    (_form(r"^ns-cloud-x\d\."), "what the other stack prints: pulumi stack output name_servers"),
    (_form(r"^0 13 2 0{64}$"), "the other zone's key: gcloud dns dns-keys list --format 'value(ds_record())'"),
    (_form(r"^0{6}-0{6}-0{6}$"), "the billing account: gcloud billing accounts list"),
    (_form(r"(^|[@.])example\.(com|org|net)$"), "a name of your own: this one belongs to nobody (RFC 2606)"),
)


def in_settings(settings: Settings) -> Iterator[Placeholder]:
    """Settings whose value has the form of a placeholder."""
    written: Json = settings.model_dump(mode="json")
    for path, value in leaves(written):
        if isinstance(value, str | int) and not isinstance(value, bool):
            for matches, says in _RULES:
                if matches(str(value)):
                    yield Placeholder(where=path, value=str(value), says=says)


def in_releases(releases: Releases) -> Iterator[Placeholder]:
    """Images that no digest was ever released of: the file's own words, hashed, stand in their place."""
    active = {name: colours.active_digest for name, colours in releases.services.items()}
    for name, digest in sorted({**active, **releases.images}.items()):
        if digest == unreleased(name):
            yield Placeholder(where=name, value=digest, says="a digest that the registry has")
