"""Programs that no package carries: found where they are, else built once from the pinned module."""

import importlib.metadata
import subprocess
import threading
from pathlib import Path

import pytest

from tools.golang import MODULES, Program, ToolError, find_go, find_or_build, pinned_version
from tools.pulumi import MODULE

SOURCE = """package main

import "fmt"

var version = "unknown"

func main() { fmt.Println("hello v" + version) }
"""


@pytest.fixture
def hello(tmp_path: Path) -> Program:
    """A module of one file, with no dependency."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "go.mod").write_text("module hello.test/hello\n\ngo 1.21.0\n")
    (modules / "main.go").write_text(SOURCE)
    return Program(
        name="hello-of-a-test",
        package="hello.test/hello",
        version="1.2.3",
        ask_version=(),
        link_flags="-X main.version=1.2.3",
        modules=modules,
    )


@pytest.fixture
def no_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """PATH is one empty directory."""
    directory = tmp_path / "path"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


def test_the_command_and_the_python_package_are_of_one_version() -> None:
    assert pinned_version(MODULE) == importlib.metadata.version("pulumi")


@pytest.mark.parametrize("directory", [MODULES, MODULES / "kubernetes"])
def test_the_module_files_name_no_registry(directory: Path) -> None:
    for name in ("go.mod", "go.sum"):
        assert "://" not in (directory / name).read_text()


def test_a_module_that_is_not_pinned_is_named(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module hello.test/hello\n")
    with pytest.raises(ToolError, match=r"does not require example\.test/tool"):
        pinned_version("example.test/tool", tmp_path)


def test_a_program_is_built_once_and_then_found(hello: Program, tmp_path: Path) -> None:
    built = find_or_build(hello, cache=tmp_path / "cache")
    assert subprocess.run([built], capture_output=True, text=True, check=True).stdout == "hello v1.2.3\n"
    (hello.modules / "main.go").unlink()
    assert find_or_build(hello, cache=tmp_path / "cache") == built


def test_two_who_ask_at_once_build_it_once(hello: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    askers = [threading.Thread(target=find_or_build, args=(hello,), kwargs={"cache": tmp_path / "cache"}) for _ in "ab"]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert capsys.readouterr().err.count("built in") == 1


def test_a_program_on_the_path_is_taken_when_it_has_the_pinned_version(
    hello: Program, tmp_path: Path, no_path: Path
) -> None:
    found = no_path / hello.name
    found.write_text("#!/bin/sh\necho v1.2.3\n")
    found.chmod(0o755)
    assert find_or_build(hello, cache=tmp_path / "cache") == found


def test_a_program_on_the_path_of_another_version_is_not_taken(hello: Program, tmp_path: Path, no_path: Path) -> None:
    found = no_path / hello.name
    found.write_text("#!/bin/sh\necho v1.2.4\n")
    found.chmod(0o755)
    assert find_or_build(hello, cache=tmp_path / "cache").parent == tmp_path / "cache" / f"{hello.name}-1.2.3" / "bin"


def test_what_does_not_build_leaves_nothing_behind_and_says_why(hello: Program, tmp_path: Path) -> None:
    (hello.modules / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    with pytest.raises(ToolError, match="undefined: undefined"):
        find_or_build(hello, cache=tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").rglob(f"{hello.name}*") if path.is_file()] == []


def test_a_build_that_does_not_know_its_version_is_refused(hello: Program, tmp_path: Path) -> None:
    (hello.modules / "main.go").write_text(SOURCE.replace("version", "other"))
    with pytest.raises(ToolError, match="says it is not"):
        find_or_build(hello, cache=tmp_path / "cache")


def test_a_compiler_that_is_too_old_is_named_and_what_to_install() -> None:
    with pytest.raises(ToolError, match=r"version 999\.0 or newer .* is go1.*make setup"):
        find_go((999, 0))
