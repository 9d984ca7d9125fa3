"""Runs pymarc's own tests against tidemarc.pymarc.

    python tests/conformance/suite.py

The tests import `pymarc`; here that is tidemarc.pymarc and nothing else, whether pymarc is
installed or not. They run in a copy of their folder, since some of them write into it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import source

#: How many tests pymarc 5.4.0 has.
EXPECTED = 174
MODULES = ("constants", "exceptions", "field", "leader", "marc8", "marc8_mapping", "marcjson")
MODULES += ("marcxml", "reader", "record", "writer")


class NoOther(importlib.abc.MetaPathFinder):
    """Finds no module of the real pymarc."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        """Refuse what was not put in its place."""
        if name.split(".")[0] == "pymarc":
            raise ModuleNotFoundError(f"tidemarc.pymarc has no {name}", name=name)


def stand_in() -> None:
    """Make `pymarc` mean tidemarc.pymarc, with all its modules."""
    sys.modules["pymarc"] = importlib.import_module("tidemarc.pymarc")
    for name in MODULES:
        sys.modules[f"pymarc.{name}"] = importlib.import_module(f"tidemarc.pymarc.{name}")
    sys.meta_path.insert(0, NoOther())


class Counting:
    """Counts what came of each test, its sub-tests included in it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst that is said of a test."""
        worst = self.outcomes.get(report.nodeid)
        if report.failed or (report.when == "call" and worst != "failed"):
            self.outcomes[report.nodeid] = report.outcome


def main() -> int:
    """Run them; all must pass, and none be missing."""
    tests = source.folder() / "test"
    stand_in()
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(tests, Path(scratch) / "test")
        os.chdir(scratch)
        counting = Counting()
        options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", scratch, "test"]
        status = pytest.main(options, plugins=[counting])
        os.chdir("/")
    counts = Counter(counting.outcomes.values())
    print(f"pymarc's own tests: {counts['passed']} of {EXPECTED} pass")
    return int(status != 0 or counts["passed"] != EXPECTED)


if __name__ == "__main__":
    sys.exit(main())
