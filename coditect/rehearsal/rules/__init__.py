"""All preconditions that the stand-in Google knows, one file a subject."""

from coditect.rehearsal.rule import Rule
from coditect.rehearsal.rules import existence, names

ALWAYS: tuple[Rule, ...] = (*existence.RULES, *names.RULES)
"""What needs nothing known about the project and the organisation."""

ALL: tuple[Rule, ...] = ALWAYS
"""Every rule there is."""
