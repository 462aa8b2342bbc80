"""All preconditions that the stand-in Google knows, one file a subject."""

from coditect.rehearsal.rule import Rule
from coditect.rehearsal.rules import (
    apis,
    certificates,
    changes,
    encryption,
    endpoints,
    existence,
    iam,
    names,
    network,
    nodes,
    quotas,
    secrets,
)

ALWAYS: tuple[Rule, ...] = (*existence.RULES, *names.RULES)
"""What needs nothing known about the project and the organisation."""

ALL: tuple[Rule, ...] = (
    *ALWAYS,
    *apis.RULES,
    *encryption.RULES,
    *nodes.RULES,
    *network.RULES,
    *secrets.RULES,
    *iam.RULES,
    *endpoints.RULES,
    *changes.RULES,
    *certificates.RULES,
    *quotas.RULES,
)
"""Every rule there is."""
