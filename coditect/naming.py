"""What a person is told who names something that is not there: what is, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(wanted: str, known: Iterable[str], *, what: str) -> str:
    """`what`: what the names are names of, in the singular."""
    names = sorted(set(known))
    near = get_close_matches(wanted, names, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no {what} {wanted!r}.{meant} There are: {', '.join(names) or 'none'}."
