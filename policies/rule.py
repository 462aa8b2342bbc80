"""A rule: one function, what it holds, why, and how to mend what it finds."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from explained import ExplainedError
from policies.controls import Control, Framework
from policies.resource import Stack, V, View

_ID = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$")

Broken = Iterator[str]
"""What is wrong with the resource, a sentence each; nothing where it is as it should be."""


class Severity(StrEnum):
    """mandatory: stops a deployment. advisory: is said, and stops nothing."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


MANDATORY = Severity.MANDATORY
ADVISORY = Severity.ADVISORY


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is held, and of what.

    title: the statement that holds where the rule passes.
    over: the view of the resources it looks at, one at a time.
    needs_stack: a relation: it sees the whole stack beside the resource.
    only_in: stacks that it is about; empty for all.
    """

    id: str
    title: str
    severity: Severity
    controls: tuple[Control, ...]
    why: str
    fix: str
    over: type[View]
    needs_stack: bool
    only_in: frozenset[str]
    broken: Callable[[View, Stack], Iterable[str]]

    @property
    def family(self) -> str:
        """The module it stands in: `cluster`, `pod`."""
        return self.broken.__module__.rpartition(".")[2]

    def controls_of(self, framework: Framework) -> tuple[str, ...]:
        """The framework's control numbers that it answers to."""
        return tuple(control.number for control in self.controls if control.framework is framework)


class RuleError(ExplainedError):
    """A rule is declared wrongly."""


_REGISTERED: dict[str, Rule] = {}


def rule(
    id_: str,
    over: type[V],
    *controls: tuple[Control, ...],
    why: str,
    fix: str,
    severity: Severity = MANDATORY,
    only_in: Iterable[str] = (),
) -> Callable[[Callable[[V], Broken]], Callable[[V], Broken]]:
    """Registers a function of one resource. Its docstring is the rule's title."""

    def register(function: Callable[[V], Broken]) -> Callable[[V], Broken]:
        def broken(view: View, _: Stack) -> Broken:
            assert isinstance(view, over)
            return function(view)

        _register(id_, over, controls, why, fix, severity, only_in, function, broken, needs_stack=False)
        return function

    return register


def relation(
    id_: str,
    over: type[V],
    *controls: tuple[Control, ...],
    why: str,
    fix: str,
    severity: Severity = MANDATORY,
    only_in: Iterable[str] = (),
) -> Callable[[Callable[[V, Stack], Broken]], Callable[[V, Stack], Broken]]:
    """Registers a function of one resource and all others. Its docstring is the rule's title."""

    def register(function: Callable[[V, Stack], Broken]) -> Callable[[V, Stack], Broken]:
        def broken(view: View, stack: Stack) -> Broken:
            assert isinstance(view, over)
            return function(view, stack)

        _register(id_, over, controls, why, fix, severity, only_in, function, broken, needs_stack=True)
        return function

    return register


def _register(
    id_: str,
    over: type[View],
    controls: tuple[tuple[Control, ...], ...],
    why: str,
    fix: str,
    severity: Severity,
    only_in: Iterable[str],
    function: Callable[..., Broken],
    broken: Callable[[View, Stack], Broken],
    *,
    needs_stack: bool,
) -> None:
    title = (function.__doc__ or "").strip()
    if not _ID.match(id_) or not title or not why or not fix or not controls:
        raise RuleError(f"Rule {id_!r} needs an id of words joined by hyphens, a docstring, controls, why and fix.")
    if id_ in _REGISTERED:
        raise RuleError(f"Two rules are called {id_!r}: waivers could not tell them apart. Rename one.")
    broken.__module__ = function.__module__
    _REGISTERED[id_] = Rule(
        id=id_,
        title=" ".join(title.split()),
        severity=severity,
        controls=tuple(control for group in controls for control in group),
        why=why,
        fix=fix,
        over=over,
        needs_stack=needs_stack,
        only_in=frozenset(only_in),
        broken=broken,
    )


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of policies/rules, by family and in the order they are written."""
    package = import_module("policies.rules")
    for module in sorted(module.name for module in iter_modules(package.__path__)):
        import_module(f"policies.rules.{module}")
    # A reader may have imported one family before: the order is not that of imports.
    return tuple(sorted(_REGISTERED.values(), key=lambda rule: rule.broken.__module__))
