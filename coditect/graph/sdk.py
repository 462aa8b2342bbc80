"""Loads of Pulumi's generated SDKs only what a program names.

`pulumi_gcp.compute` alone has 1,400 argument classes, and one resource of it loads them all: seconds, where the program
itself takes a fraction of one. The generated files have a plain form: a package imports its modules with `*`, and
`_inputs.py` and `outputs.py` are rows of independent classes that name each other in quotes. So a package can look a
name up when it is asked for, and a class can be made when it is used. A file of any other form is loaded as ever, and a
test holds that a graph is the same with and without this module.
"""

import __future__

import atexit
import functools
import re
import sys
from collections.abc import Callable, Container, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from coditect.graph.configuration import ROOT
from coditect.graph.sdk_cache import SdkCache
from coditect.graph.sdk_types import resolve_lazily

SDKS = ("pulumi_gcp", "pulumi_kubernetes")

_STAR = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_INPUTS = "from ._inputs import *"
_ALL = re.compile(r"^__all__ = \[(.*?)\]", re.MULTILINE | re.DOTALL)
_DEFINITION = re.compile(r"^(?:@pulumi\.(?:input|output)_type\n)?class (\w+)", re.MULTILINE)
# Typed dictionaries are named in signatures alone, for type checkers.
_QUOTED = re.compile(r"'(\w+?)(?<!Dict)'")
_DEFINITION_FILES = frozenset({"_inputs", "outputs"})
# Annotations stay text until somebody asks for one: few are ever asked for.
_TEXT_ANNOTATIONS = __future__.annotations.compiler_flag


def load_lazily() -> None:
    """From now on, SDK modules that are not loaded yet are loaded piece by piece. Calling it again does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        resolve_lazily()


@functools.cache
def _cache() -> SdkCache:
    cache = SdkCache(ROOT / ".cache", SDKS)
    atexit.register(cache.save)
    return cache


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in SDKS or fullname in SDKS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return spec
        stem = Path(spec.loader.path).stem
        if stem == "__init__":
            spec.loader = _PackageLoader(fullname, spec.loader.path)
        elif stem in _DEFINITION_FILES:
            spec.loader = _DefinitionsLoader(fullname, spec.loader.path)
        else:
            spec.loader = _ResourceLoader(fullname, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    @functools.cached_property
    def text(self) -> str:
        return Path(self.path).read_text(encoding="utf-8")

    def code(self, source: str, filename: str | None = None) -> CodeType:
        made = compile(source, filename or str(self.path), "exec", flags=_TEXT_ANNOTATIONS, dont_inherit=True)
        assert isinstance(made, CodeType)
        return made


class _PackageLoader(_Loader):
    """A package whose modules are imported when one of their names is asked for."""

    def exec_module(self, module: ModuleType) -> None:
        code, owners = _cache().get(f"package {self.name}", self._prepare)
        exec(code, module.__dict__)  # noqa: S102 - the package's own source

        def find(attribute: str) -> object:
            owner = __import__(f"{module.__name__}.{owners[attribute]}", fromlist=[attribute])
            return getattr(owner, attribute)

        _look_up_by(module, owners, find)

    def _prepare(self) -> tuple[CodeType, dict[str, str]]:
        """The package's code without its imports of everything, and which module has which name."""
        directory = Path(self.path).parent
        owners = {
            public: name for name in _STAR.findall(self.text) for public in _public_names(directory / f"{name}.py")
        }
        return self.code(_STAR.sub("", self.text)), owners


class _DefinitionsLoader(_Loader):
    """A file of independent classes, each made when it is asked for, together with those it names."""

    def exec_module(self, module: ModuleType) -> None:
        head, spans = _cache().get(f"definitions {self.name}", self._prepare)
        exec(head, module.__dict__)  # noqa: S102 - the module's own source

        def find(attribute: str) -> object:
            queue, seen = [attribute], {attribute}
            while queue:
                name = queue.pop()
                make = functools.partial(self._prepare_one, spans[name], spans)
                code, others = _cache().get(f"definition {self.name}.{name}", make)
                exec(code, module.__dict__)  # noqa: S102 - the module's own source
                fresh = [other for other in others if other not in seen and other not in module.__dict__]
                seen.update(fresh)
                queue += fresh
            return module.__dict__[attribute]

        _look_up_by(module, spans, find)

    def _prepare(self) -> tuple[CodeType, dict[str, tuple[int, int]]]:
        """What stands above the first class, and where each class stands."""
        starts = list(_DEFINITION.finditer(self.text))
        if not starts:
            return self.code(self.text), {}
        ends = [*(match.start() for match in starts[1:]), len(self.text)]
        spans = {match[1]: (match.start(), end) for match, end in zip(starts, ends, strict=True)}
        return self.code(self.text[: starts[0].start()]), spans

    def _prepare_one(self, span: tuple[int, int], known: Container[str]) -> tuple[CodeType, list[str]]:
        """A class's code, and the names of the others it mentions."""
        source = self.text[slice(*span)]
        others = sorted({name for name in _QUOTED.findall(source) if name in known})
        # Lines of a part are not those of the file: a name of its own keeps tracebacks from showing wrong ones.
        return self.code(source, f"<{self.name}>"), others


class _ResourceLoader(_Loader):
    """A resource's module: of the argument classes it imports with `*`, only those that it names."""

    def exec_module(self, module: ModuleType) -> None:
        code = _cache().get(f"resource {self.name}", self._prepare)
        exec(code, module.__dict__)  # noqa: S102 - the module's own source

    def _prepare(self) -> CodeType:
        inputs = Path(self.path).parent / "_inputs.py"
        if _INPUTS not in self.text or not inputs.exists():
            return self.code(self.text)
        names = sorted(set(_QUOTED.findall(self.text)) & _public_names(inputs))
        return self.code(self.text.replace(_INPUTS, f"from ._inputs import {', '.join(names)}" if names else "", 1))


@functools.cache
def _public_names(path: Path) -> frozenset[str]:
    """What a module exports, without running it."""
    match = _ALL.search(path.read_text(encoding="utf-8"))
    return frozenset(_QUOTED.findall(match[1])) if match else frozenset()


def _look_up_by(module: ModuleType, known: Container[str], find: Callable[[str], object]) -> None:
    def __getattr__(attribute: str) -> object:  # noqa: N807 - PEP 562
        if attribute not in known:
            raise AttributeError(f"module {module.__name__!r} has no attribute {attribute!r}")
        value = find(attribute)
        module.__dict__[attribute] = value
        return value

    module.__dict__["__getattr__"] = __getattr__
