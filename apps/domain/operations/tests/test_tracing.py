"""What a span shows of a statement."""

import pytest

from apps.domain.licensing.seats import journal
from apps.domain.operations.tracing.statements import described


@pytest.mark.parametrize(
    ("statement", "name", "text"),
    [
        ("SELECT id FROM seats_terms(%s)", "SELECT seats_terms", "SELECT id FROM seats_terms(%s)"),
        ("SELECT seats_void(%s, %s)", "SELECT seats_void", "SELECT seats_void(%s, %s)"),
        ('UPDATE "users" SET "x" = %s', "UPDATE users", 'UPDATE "users" SET "x" = %s'),
        ("INSERT INTO events\n    (id) VALUES (%s)", "INSERT events", "INSERT INTO events (id) VALUES (%s)"),
        ("SELECT 1", "SELECT", "SELECT ?"),
        ("SELECT x FROM y WHERE z = 'a@b.example''s' LIMIT 21", "SELECT y", "SELECT x FROM y WHERE z = ? LIMIT ?"),
        ("", "SQL", ""),
    ],
)  # fmt: skip
def test_a_statement_is_named_by_what_it_asks_and_shown_without_values(statement: str, name: str, text: str) -> None:
    assert described(statement) == (name, text)


def test_a_grant_is_named_by_the_function_that_commits_it() -> None:
    name, text = described(journal._GRANT)
    assert name == "SELECT seats_grant"
    assert "\n" not in text
    assert len(text) <= 2_000
