"""What test runs took, from their JUnit files: `python -m tools.slowest RUN.xml ...`.

Prints the slowest tests of all runs together, then how many passed and failed, as pytest's own last line does. A file
that is not there belongs to a run that did not happen, or was cut short: it is named and left out.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

SHOWN = 20


@dataclass(frozen=True)
class Test:
    """One test. took: seconds with its share of set-up, which the first test of a fixture pays."""

    name: str
    took: float
    outcome: str


@dataclass(frozen=True)
class Run:
    """One run of pytest. took: seconds on the clock."""

    tests: tuple[Test, ...]
    took: float


def read(file: Path) -> Run:
    """A run from its JUnit file."""
    suites = list(ElementTree.parse(file).getroot().iter("testsuite"))  # noqa: S314 - pytest wrote it
    tests = tuple(
        Test(f"{case.get('classname')}::{case.get('name')}", float(case.get("time", 0)), _outcome(case))
        for suite in suites
        for case in suite.iter("testcase")
    )
    return Run(tests, sum(float(suite.get("time", 0)) for suite in suites))


def told(runs: Iterable[Run]) -> str:
    """The slowest tests and the sum of all."""
    runs = tuple(runs)
    tests = sorted((test for run in runs for test in run.tests), key=lambda test: -test.took)
    counts = Counter(test.outcome for test in tests)
    kinds = [kind for kind in ("failed", "passed", "skipped") if counts[kind] or kind == "passed"]
    total = f"{', '.join(f'{counts[kind]} {kind}' for kind in kinds)} in {sum(run.took for run in runs):.2f}s"
    lines = [f"{test.took:8.2f}s {test.name}" for test in tests[:SHOWN]]
    return "\n".join([f"The {len(lines)} slowest of {len(tests)} tests:", *lines, total])


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def main(names: list[str]) -> None:
    files = [Path(name) for name in names]
    for file in files:
        if not file.exists():
            print(f"{file} is not there: that run did not happen, or did not come to its end.")
    print(told(read(file) for file in files if file.exists()))


if __name__ == "__main__":
    main(sys.argv[1:])
