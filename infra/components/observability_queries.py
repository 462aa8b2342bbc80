"""An alert's query with what is the stack's own written into it."""

from dataclasses import dataclass

from infra.catalog.operations import Alert, Subject
from infra.components.observability_entries import selector


@dataclass(frozen=True, kw_only=True)
class WatchedDatabase:
    """An instance of Cloud SQL that alerts judge by itself. name: without the project."""

    name: str
    max_connections: int
    is_replica: bool = False


@dataclass(frozen=True, kw_only=True)
class Own:
    """What differs between stacks. hosts: how many public hosts are asked from outside."""

    prefix: str
    project_id: str
    region: str
    hosts: int
    databases: tuple[WatchedDatabase, ...]

    def query(self, alert: Alert) -> str | None:
        """The alert's query; None where the stack has nothing that it judges."""
        if alert.subject is Subject.STACK:
            return self._filled(alert, {})
        return (
            " or ".join(
                self._filled(
                    alert,
                    {
                        "database_id": f"{self.project_id}:{database.name}",
                        "max_connections": str(database.max_connections),
                    },
                )
                for database in self.databases
                if database.is_replica or alert.subject is Subject.DATABASE
            )
            or None
        )

    def entries(self, alert: Alert) -> str:
        """Filter of the log entries that the alert counts."""
        return _replaced(alert.entries, {"prefix": self.prefix})

    def _filled(self, alert: Alert, subject: dict[str, str]) -> str:
        own = {
            "prefix": self.prefix,
            "region": self.region,
            "hosts": str(self.hosts),
            "entries": selector(self.prefix, alert.name),
        }
        return _replaced(alert.query, own | subject)


def _replaced(text: str, values: dict[str, str]) -> str:
    # Not str.format: PromQL has braces of its own.
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
