"""Tells what a Django process really reads and answers: `python -m tests.contract.application`, JSON in, JSON out.

In a process of its own, because settings are read once and a test session needs several.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.urls import URLPattern, URLResolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RoutePattern
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[2]
_SAMPLES = {IntConverter: "1", UUIDConverter: "00000000-0000-4000-8000-000000000000"}


class Question(BaseModel):
    """environment: all that the process is told. resolved: paths to look up."""

    model_config = ConfigDict(frozen=True)

    environment: dict[str, str]
    resolved: tuple[str, ...] = ()


class Application(BaseModel):
    """What a process of these settings is.

    read: variables that the settings looked at. paths: one sample path of every URL. answered: which of the paths that
    were asked about lead to a view. problem: why it would not start; empty when it would.
    """

    model_config = ConfigDict(frozen=True)

    read: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    answered: frozenset[str] = frozenset()
    problem: str = ""


def ask(question: Question) -> Application:
    """The application as a fresh process sees it, told the question's environment and nothing else of ours."""
    told = question.environment | {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    answer = subprocess.run(
        [sys.executable, "-m", "tests.contract.application"],
        input=question.model_dump_json(),
        env=told,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return Application.model_validate_json(answer.stdout)


class _Recorded(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables)
        self.asked: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override] # narrower than dict's, enough here
        self.asked.add(key)
        return super().get(key, default)


def _describe(question: Question) -> Application:
    import django
    from django.core.exceptions import ImproperlyConfigured

    from apps.configuration import environment

    recorded = _Recorded(os.environ)
    read = environment.read_environment
    # Settings modules take the name from here when they are imported, which is later.
    environment.read_environment = lambda variables, **needs: read(recorded, **needs)
    try:
        django.setup()
    except ImproperlyConfigured as error:
        return Application(read=frozenset(recorded.asked), problem=str(error))

    from django.urls import Resolver404, get_resolver, resolve

    def leads_somewhere(path: str) -> bool:
        try:
            resolve(path)
        except Resolver404:
            return False
        return True

    return Application(
        read=frozenset(recorded.asked),
        paths=tuple(sorted(set(_paths(get_resolver().url_patterns, "/")))),
        answered=frozenset(path for path in question.resolved if leads_somewhere(path)),
    )


def _paths(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    """Sample paths. A pattern that is a regular expression (the admin's last resort) has none."""
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        path = before + _sample(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        else:
            yield path


def _sample(pattern: RoutePattern) -> str:
    route = str(pattern)
    for name, converter in pattern.converters.items():
        start, _, rest = route.partition("<")
        inside, _, end = rest.partition(">")
        assert inside.rpartition(":")[2] == name
        route = start + _SAMPLES.get(type(converter), "x") + end
    return route


if __name__ == "__main__":
    sys.stdout.write(_describe(Question.model_validate_json(sys.stdin.read())).model_dump_json())
