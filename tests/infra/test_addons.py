"""Charts of other projects are pinned to their bytes."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from coditect.graph.capture import capture
from coditect.graph.values import text
from infra.components.addons import CERT_MANAGER, INGRESS_NGINX, PROMETHEUS_OPERATOR, Addons, AddonsArgs
from infra.settings import SettingsError
from infra.settings.traffic import Addons as AddonsSettings
from tests.infra.kubernetes_side import kubernetes_side

RELEASE = "kubernetes:helm.sh/v3:Release"


def test_a_release_names_its_chart_by_version_and_by_digest() -> None:
    releases = {text(r.inputs, "name"): r.inputs for r in kubernetes_side().of_type(RELEASE)}
    assert set(releases) == {"cert-manager", "prometheus-operator"}
    for inputs in releases.values():
        assert re.fullmatch(r"oci://[a-z0-9./-]+@sha256:[0-9a-f]{64}", text(inputs, "chart"))
        assert re.fullmatch(r"v?[0-9]+\.[0-9]+\.[0-9]+", text(inputs, "version"))
        assert inputs["namespace"] == "platform-addons"
        assert inputs["atomic"] is True


@pytest.mark.parametrize("part", ["image", "webhook", "cainjector", "startupapicheck"])
def test_every_image_of_cert_manager_is_named_by_its_digest(part: str) -> None:
    values = CERT_MANAGER.values[part]
    assert isinstance(values, dict)
    image = values if part == "image" else values["image"]
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", image["digest"])


def test_the_operator_brings_nothing_that_needs_the_host_or_another_namespace() -> None:
    for part in ("nodeExporter", "kubelet", "coreDns", "kubeEtcd", "grafana", "prometheus", "alertmanager"):
        assert PROMETHEUS_OPERATOR.values[part] == {"enabled": False}


def test_ingress_nginx_is_off_unless_the_settings_ask_for_it() -> None:
    assert not [r for r in kubernetes_side().of_type(RELEASE) if text(r.inputs, "name") == "ingress-nginx"]


def test_ingress_nginx_without_its_archive_is_refused_with_the_command_that_fetches_it() -> None:
    args = AddonsArgs(settings=AddonsSettings(ingress_nginx=True), namespace="platform-addons")
    with pytest.raises(SettingsError, match=r"helm pull ingress-nginx --repo .* --version 4\.15\.1"):
        capture("prod", program=lambda: Addons("addons", args))


def test_an_archive_with_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ingress-nginx-4.15.1.tgz").write_bytes(b"something else")
    with pytest.raises(SettingsError, match="not the chart that was reviewed"):
        INGRESS_NGINX.located(tmp_path)


def test_an_archive_with_the_reviewed_bytes_is_what_helm_gets(tmp_path: Path) -> None:
    archive = tmp_path / "ingress-nginx-4.15.1.tgz"
    archive.write_bytes(b"the chart")
    chart = replace(INGRESS_NGINX, sha256=hashlib.sha256(b"the chart").hexdigest())
    assert chart.located(tmp_path) == str(archive)
