"""`coditect preflight --json`: the list for tools."""

from pydantic import BaseModel, ConfigDict

from coditect.preflight.model import Kind, Prerequisite, Stage, State

VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrerequisitePart(_Part):
    """One prerequisite. command: prints yes or no; null where it was checked here."""

    name: str
    kind: Kind
    stage: Stage
    says: str
    state: State
    command: str | None
    mend: str


class PreflightDocument(_Part):
    """The whole answer. is_clean: nothing that can be checked here is missing."""

    version: int
    stack: str
    is_clean: bool
    prerequisites: tuple[PrerequisitePart, ...]


def document(stack: str, found: tuple[Prerequisite, ...]) -> PreflightDocument:
    """The list as JSON holds it."""
    return PreflightDocument(
        version=VERSION,
        stack=stack,
        is_clean=all(one.state is not State.MISSING for one in found),
        prerequisites=tuple(PrerequisitePart.model_validate(vars(one)) for one in found),
    )
