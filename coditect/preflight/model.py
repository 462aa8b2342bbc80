"""What a prerequisite is."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a prerequisite belongs to; the headings of `coditect preflight`."""

    SETTING = "settings"
    RELEASE = "images"
    TOOL = "programs on this machine"
    CREDENTIAL = "credentials"
    PRINCIPAL = "groups of the organisation"
    POLICY = "organisation policies"
    PROJECT = "project"
    STATE_STORE = "Pulumi's state"
    QUOTA = "quotas"
    REPOSITORY = "GitHub"
    SECRET = "secrets"  # noqa: S105 - a heading
    DELEGATION = "delegation at the registrar"


class Stage(StrEnum):
    """Before what it must stand: the first pass of a first deployment, the second, or the first visitor."""

    FIRST_PASS = "first pass"  # noqa: S105 - a word of the runbook
    SECOND_PASS = "second pass"  # noqa: S105 - as above
    VISITORS = "first visitor"


class State(StrEnum):
    """ASK: only Google or GitHub knows; `command` asks them."""

    OK = "ok"
    MISSING = "missing"
    ASK = "ask"


@dataclass(frozen=True, kw_only=True)
class Prerequisite:
    """One thing that nobody but a person can bring about.

    name: short, and unique in a stack. says: what must be, and what happens otherwise.
    command: prints `yes` where it stands and `no` where not; None where it was checked here.
    mend: the command, or the words, that bring it about; empty where `says` has them.
    """

    name: str
    kind: Kind
    stage: Stage
    says: str
    state: State
    command: str | None = None
    mend: str = ""
