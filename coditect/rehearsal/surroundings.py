"""What stands around a stack before its first deployment, and is no part of its program."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A project as it is handed over, and the organisation it stands in.

    projects: number by id. enabled_apis: services that are on already.
    principals: members that exist (`group:…`, `user:…`), beside what the program itself makes.
    domain: the organisation's own; members of other domains are refused (domain-restricted sharing).
    delegated_domains: domains that a registrar, or a zone elsewhere, gives to the name servers that the stack prints.
    """

    projects: Mapping[str, int] = field(default_factory=dict)
    domain: str = ""
    enabled_apis: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset()
    delegated_domains: frozenset[str] = frozenset()
