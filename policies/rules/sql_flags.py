"""Rules of Cloud SQL's database flags: what the server logs. One row of the table is one rule."""

from collections.abc import Callable
from dataclasses import dataclass

from policies.controls import Control, ckv, gcp, gdpr, pci, soc2
from policies.rule import Broken, rule
from policies.views.sql import SqlInstance


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A flag, the values that are right (the first is the one to write), and why."""

    name: str
    right: tuple[str, ...]
    controls: tuple[Control, ...]
    why: str

    @property
    def rule_id(self) -> str:
        return "sql-" + self.name.replace("cloudsql.", "").replace("_", "-").replace(".", "-")


AUDIT = (*soc2("CC7.2"), *pci("10.2.1"))
_STATISTICS = (
    "Module statistics are for debugging alone: they slow every query and fill the log with planner internals."
)

FLAGS = (
    Flag(
        name="log_checkpoints",
        right=("on",),
        controls=(*ckv("CKV_GCP_51"), *soc2("CC7.2")),
        why="Checkpoints that come too often explain slow writes; without the log nobody sees them.",
    ),
    Flag(
        name="log_connections",
        right=("on",),
        controls=(*gcp("6.2.2"), *ckv("CKV_GCP_52"), *AUDIT, *pci("10.2.1.4")),
        why="Who signed in, and who failed to, is the first question after an incident.",
    ),
    Flag(
        name="log_disconnections",
        right=("on",),
        controls=(*gcp("6.2.3"), *ckv("CKV_GCP_53"), *AUDIT),
        why="A session's length tells a script from a person.",
    ),
    Flag(
        name="log_lock_waits",
        right=("on",),
        controls=(*ckv("CKV_GCP_54"), *soc2("CC7.2")),
        why="Seats are counted under locks: a wait of a second is a defect that shows nowhere else.",
    ),
    Flag(
        name="log_min_messages",
        right=("warning",),
        controls=(*gcp("6.2.5"), *ckv("CKV_GCP_55"), *soc2("CC7.2")),
        why="Above `warning` the server's own warnings are lost.",
    ),
    Flag(
        name="log_temp_files",
        right=("0",),
        controls=(*ckv("CKV_GCP_56"), *soc2("CC7.2")),
        why="A query that spills to disk slows everybody: 0 logs each of them.",
    ),
    Flag(
        name="log_min_duration_statement",
        right=("-1",),
        controls=(*gcp("6.2.7"), *ckv("CKV_GCP_57"), *gdpr("5(1)(c)")),
        why="Slow statements would be logged with their values, and so with customers' data.",
    ),
    Flag(
        name="log_hostname",
        right=("on",),
        controls=(*ckv("CKV_GCP_108"), *AUDIT),
        why="An address alone does not say which machine it was when the addresses have moved on.",
    ),
    Flag(
        name="log_min_error_statement",
        right=("error",),
        controls=(*gcp("6.2.6"), *ckv("CKV_GCP_109"), *AUDIT),
        why="An error without its statement cannot be explained.",
    ),
    Flag(
        name="cloudsql.enable_pgaudit",
        right=("on",),
        controls=(*gcp("6.2.8"), *ckv("CKV_GCP_110"), *AUDIT, *gdpr("5(2)")),
        why="pgAudit says who changed roles and tables, in a form that auditors know.",
    ),
    Flag(
        name="log_statement",
        right=("ddl",),
        controls=(*gcp("6.2.4"), *ckv("CKV_GCP_111"), *AUDIT, *pci("10.2.1.7")),
        why="`ddl` logs changes of the schema; more would log customers' data, less would hide a change.",
    ),
    Flag(
        name="log_error_verbosity",
        right=("default", "terse"),
        controls=(*gcp("6.2.1"), *soc2("CC7.2")),
        why="`verbose` shows the server's source files to whoever may read logs.",
    ),
    Flag(
        name="log_duration",
        right=("on",),
        controls=(*ckv("CKV2_GCP_13"), *soc2("CC7.2")),
        why="Durations without statements show slowness and no data.",
    ),
    Flag(name="log_executor_stats", right=("off",), controls=(*ckv("CKV2_GCP_14"), *soc2("CC7.2")), why=_STATISTICS),
    Flag(name="log_parser_stats", right=("off",), controls=(*ckv("CKV2_GCP_15"), *soc2("CC7.2")), why=_STATISTICS),
    Flag(name="log_planner_stats", right=("off",), controls=(*ckv("CKV2_GCP_16"), *soc2("CC7.2")), why=_STATISTICS),
    Flag(name="log_statement_stats", right=("off",), controls=(*ckv("CKV2_GCP_17"), *soc2("CC7.2")), why=_STATISTICS),
)


def _check(flag: Flag) -> Callable[[SqlInstance], Broken]:
    def broken(instance: SqlInstance) -> Broken:
        value = instance.flag(flag.name)
        if value not in flag.right:
            yield f"{flag.name} is {'not set' if value is None else value}."

    broken.__doc__ = f"The database flag {flag.name} is {' or '.join(flag.right)}."
    return broken


for _flag in FLAGS:
    rule(
        _flag.rule_id,
        SqlInstance,
        _flag.controls,
        why=_flag.why,
        fix=f"Set the database flag {_flag.name} to {_flag.right[0]}.",
    )(_check(_flag))
