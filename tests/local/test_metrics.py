"""The metrics of all processes as one text that a collector takes."""

import re

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from coditect.local.metrics import joined


def _process(requests: int) -> str:
    registry = CollectorRegistry()
    counter = Counter("http_requests", "Requests by status", ["status"], registry=registry)
    counter.labels("200").inc(requests)
    Histogram("http_request_seconds", "How long", registry=registry).observe(0.2)
    return generate_latest(registry).decode()


def test_each_family_is_told_once_with_type_and_help_and_each_sample_names_its_process() -> None:
    text = joined({"blue": _process(2), "green": _process(3), "gone": None})
    announced = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(announced) == len(set(announced))
    assert re.findall(r"^# HELP http_requests_total Requests by status$", text, re.MULTILINE) == [
        "# HELP http_requests_total Requests by status"
    ]
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["http_requests"].type == "counter"
    assert families["http_request_seconds"].type == "histogram"
    counted = {
        sample.labels["process"]: sample.value
        for sample in families["http_requests"].samples
        if sample.name == "http_requests_total"
    }
    assert counted == {"blue": 2.0, "green": 3.0}
    assert len(families["http_requests_created"].samples) == 2
    assert text.startswith("# gone does not answer")
