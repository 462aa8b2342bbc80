"""Once a project: APIs, audit logging, log retention."""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.catalog.google import GOOGLE_APIS
from infra.components.project import ProjectArgs
from infra.settings import SettingsError
from tests.infra.foundation import foundation

ARGS = ProjectArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    apis=("container.googleapis.com",),
    audit_retention=timedelta(days=730),
    log_retention=timedelta(days=30),
    manage_singletons=True,
)


def test_every_api_of_the_catalogue_is_enabled_and_stays_so_when_a_stack_is_taken_down() -> None:
    services = foundation("prod").of_type("gcp:projects/service:Service")
    assert {node.input("service") for node in services} == set(GOOGLE_APIS)
    assert all(node.input("disableOnDestroy") is False for node in services)


def test_every_read_and_write_of_every_service_is_audited_without_exemption() -> None:
    (config,) = foundation("prod").of_type("gcp:projects/iAMAuditConfig:IAMAuditConfig")
    assert config.input("service") == "allServices"
    assert config.input("auditLogConfigs") == [
        {"logType": "ADMIN_READ"},
        {"logType": "DATA_READ"},
        {"logType": "DATA_WRITE"},
    ]


def test_audit_logs_are_kept_two_years_and_all_others_a_month() -> None:
    graph = foundation("prod")
    audit = graph.find("gcp:logging/projectBucketConfig:ProjectBucketConfig", "project-audit-logs")
    others = graph.find("gcp:logging/projectBucketConfig:ProjectBucketConfig", "project-logs")
    assert (audit.input("retentionDays"), others.input("retentionDays")) == (730, 30)
    assert audit.protect
    assert audit.retain_on_delete


def test_audit_logs_go_to_their_own_bucket_and_are_not_paid_for_twice() -> None:
    graph = foundation("prod")
    (sink,) = graph.of_type("gcp:logging/projectSink:ProjectSink")
    assert sink.input("destination") == (
        "logging.googleapis.com/projects/coditect-cloud-infra/locations/global/buckets/coditect-audit"
    )
    excluded = {node.input("filter") for node in graph.of_type("gcp:logging/projectExclusion:ProjectExclusion")}
    assert sink.input("filter") in excluded


def test_a_standby_declares_nothing_that_its_project_already_has() -> None:
    graph = foundation("dr")
    project = graph.find("coditect:platform:Project", "project")
    assert graph.children(project) == ()
    prod = foundation("prod")
    assert project.outputs == prod.find("coditect:platform:Project", "project").outputs


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"audit_retention": timedelta(days=4000)}, r"audit_retention is 4000 days.*1 to 3650 whole days"),
        ({"log_retention": timedelta(hours=36)}, r"log_retention is 1 day, 12:00:00.*whole days"),
        ({"audit_retention": timedelta(days=7)}, r"audit_retention 7 d is below log_retention 30 d"),
        ({"apis": ("container",)}, r"container is no API name.*container\.googleapis\.com"),
    ],
)
def test_what_google_would_refuse_is_refused_with_the_cure(change: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        replace(ARGS, **change)  # type: ignore[arg-type] # the point is a wrong value
