"""An SQL statement as a span shows it: what is asked of which table, and no value."""

import re
from functools import lru_cache

# Values stand beside a statement, not in it; what the ORM or we wrote into one is taken out all the same.
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_SPACE = re.compile(r"\s+")
_OPERATION = re.compile(r"\s*(\w+)")
_TARGET = re.compile(r'\b(?:FROM|INTO|UPDATE|LATERAL)\s+"?([a-z_]\w*)')
_FUNCTION = re.compile(r"\bSELECT\s+([a-z_]\w*)\(")
_LONGEST = 2_000


@lru_cache(maxsize=512)
def described(statement: str) -> tuple[str, str]:
    """A short name, such as `SELECT licenses`, and the text without values."""
    operation = _OPERATION.match(statement)
    target = _TARGET.search(statement) or _FUNCTION.search(statement)
    name = " ".join(part[1] for part in (operation, target) if part) or "SQL"
    return name, _SPACE.sub(" ", _LITERAL.sub("?", statement)).strip()[:_LONGEST]
