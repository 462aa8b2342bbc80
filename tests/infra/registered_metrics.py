"""Prints what the web processes of both projects show when they are scraped: names, as JSON.

Django can be set up once in a process, and each project has settings of its own: so each is asked in a process.
"""

import importlib
import json
import os
import subprocess
import sys

from coditect.graph.configuration import ROOT

_MODULE = "tests.infra.registered_metrics"
# What a process imports to serve, beside its routes.
PROJECTS = {
    "apps.gateway": ("apps.domain.operations.observing",),
    "apps.license_api": ("apps.domain.operations.observing", "apps.license_api.hot_path"),
}
# What PromQL reads of a family, by its type.
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def names() -> frozenset[str]:
    """Of every project."""
    ran = subprocess.run([sys.executable, "-m", _MODULE], cwd=ROOT, check=True, capture_output=True, text=True)
    return frozenset(json.loads(ran.stdout))


def _of_all() -> list[str]:
    from apps import conftest  # the environment that the applications' own tests have, and its files

    found: set[str] = set()
    for project in PROJECTS:
        told = os.environ | {"DJANGO_SETTINGS_MODULE": f"{project}.settings.backend"}
        ran = subprocess.run(
            [sys.executable, "-m", _MODULE, project],
            env=told,
            cwd=conftest.ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        found |= set(json.loads(ran.stdout))
    return sorted(found)


def _of_this(project: str) -> list[str]:
    import django
    from django.urls import get_resolver
    from prometheus_client import REGISTRY

    django.setup()
    assert get_resolver().url_patterns
    for module in PROJECTS[project]:
        importlib.import_module(module)
    asked = importlib.import_module(f"{project}.usage_metrics").collectors()
    families = [*REGISTRY.collect(), *(family for collector in asked for family in collector.describe())]
    return [f"{family.name}{suffix}" for family in families for suffix in _SUFFIXES.get(family.type, ())]


if __name__ == "__main__":
    json.dump(_of_this(sys.argv[1]) if sys.argv[1:] else _of_all(), sys.stdout)
