"""Names: which ones Google takes, and which ones it takes only later again."""

from collections.abc import Iterator

from coditect.rehearsal.rule import Request, Rule, World

# Google keeps these for ever: a second one of that name is refused, even after the first was deleted.
_NEVER_GONE = frozenset({"gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey"})


def _taken_for_ever(request: Request, world: World) -> Iterator[str]:
    if world.gone(request.type, request.id) is not None:
        yield f"{request.type} {request.id} was deleted, but its name is taken for ever. Import it, or name another"


RULES = (
    Rule(
        name="kms-name-for-ever",
        says="Key rings and keys are never deleted, so their names are taken for ever.",
        source="https://cloud.google.com/kms/docs/resource-hierarchy#lifetime",
        types=_NEVER_GONE,
        reasons=_taken_for_ever,
    ),
)
