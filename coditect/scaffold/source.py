"""Adds an element to a tuple in a Python source, and leaves every other byte as it is."""

import ast

from coditect.scaffold.service import ScaffoldError


def appended(source: str, variable: str, element: str, *, path: str) -> str:
    """The source with one more element at the end of the module's tuple `variable`.

    element: whole lines, indented as they are to stand there. path: what an error calls the source. Raises
    ScaffoldError where the source has no such tuple over several lines.
    """
    lines = source.splitlines(keepends=True)
    for statement in ast.parse(source).body:
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.target.id == variable
            and isinstance(statement.value, ast.Tuple)
            and statement.value.end_lineno is not None
            and lines[statement.value.end_lineno - 1].rstrip() == ")"
        ):
            end = statement.value.end_lineno - 1
            return "".join((*lines[:end], element, *lines[end:]))
    raise ScaffoldError(
        f"{path} has no tuple {variable} that ends with a line of its own, so nothing can be added to it. "
        f"Restore it: git checkout {path}"
    )
