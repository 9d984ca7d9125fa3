"""Runs the tests of public projects that depend on pymarc, with pymarc and with tidemarc.pymarc.

    python tests/downstream/run.py [PROJECT …]

Compares the results test by test and prints a table. Ends with status 1 if a test has another
result with tidemarc and docs/pymarc.md does not list it. The source archives and the environment
are kept in the user's cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "tests" / "downstream"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidemarc" / "downstream"
PYMARC = "pymarc==5.4.0"
#: Seconds that the tests of one project may take.
LIMIT = 900


@dataclass
class Project:
    """A project on the package index, whose source archive has tests."""

    name: str
    version: str
    #: Folder of the tests in the archive.
    tests: str
    #: Folder of the archive from which the project is imported; None to install its wheel.
    code: str | None = "."


PROJECTS = [
    Project("pymarc-csv", "0.1.1", "test"),
    Project("marcx", "0.3.0", "tests"),
    Project("pymarcspec", "0.0.3", "test"),
    Project("retrocat", "0.2.0", "tests", code="src"),
    Project("mrrc", "0.9.2", "tests/python", code=None),
    Project("bib2", "1.7.2", "tests"),
]


def run(*command: object, **options: object) -> None:
    """Runs a command, which must succeed."""
    subprocess.run([str(part) for part in command], check=True, **options)  # type: ignore[call-overload]


def pip(*arguments: object) -> None:
    """Runs pip in the environment of the tests."""
    run(python(), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def python() -> Path:
    """Returns the interpreter of the environment of the tests."""
    return CACHE / "venv" / "bin" / "python"


def prepare() -> None:
    """Makes the environment, without pymarc, and a folder with pymarc alone."""
    requirements = HERE / "requirements.txt"
    wheels = [f"{project.name}=={project.version}" for project in PROJECTS if not project.code]
    wanted = requirements.read_text() + "\n".join([*wheels, PYMARC])
    stamp = CACHE / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(CACHE / "pymarc", ignore_errors=True)
    venv.create(CACHE / "venv", clear=True, with_pip=True)
    pip("install", "--requirement", requirements)
    pip("install", "--no-deps", *wheels)
    pip("install", "--no-deps", "--target", CACHE / "pymarc", PYMARC)
    stamp.write_text(wanted)


def unpacked(project: Project) -> Path:
    """Returns the folder of a project's source archive. Fetches it the first time."""
    folder = CACHE / f"{project.name}-{project.version}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            wanted = f"{project.name}=={project.version}"
            source_only = ["--no-deps", "--no-binary", project.name]
            pip("download", *source_only, "--dest", scratch, wanted)
            (archive,) = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as tar:
                tar.extractall(scratch, filter="data")
            (content,) = (path for path in Path(scratch).iterdir() if path.is_dir())
            content.rename(folder)
    return folder


def outcomes(project: Project, package: list[Path]) -> dict[str, str]:
    """Runs the tests with the package `pymarc` of these folders. Returns the result of each."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(unpacked(project), copy)
        if not project.code:
            # The wheel is installed; the archive's code lacks its compiled half.
            for child in copy.iterdir():
                if child.is_dir() and child.name != project.tests.split("/")[0]:
                    shutil.rmtree(child)
        folders = [*package, *([copy / project.code] if project.code else [])]
        report = Path(scratch) / "report.xml"
        command = [python(), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # Without a project's own configuration, which may name plugins.
        command += ["-c", os.devnull, "--rootdir", copy]
        command += [f"--junitxml={report}", project.tests]
        done = subprocess.run(
            [str(part) for part in command],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
        )
        if not report.is_file():
            sys.exit(f"{project.name}: pytest made no report:\n{done.stdout}")
        return {name_of(case): result_of(case) for case in ET.parse(report).iter("testcase")}


def name_of(case: ET.Element) -> str:
    """Returns the name of a test in a report."""
    return f"{case.get('classname')}::{case.get('name')}"


def result_of(case: ET.Element) -> str:
    """Returns the result of a test in a report."""
    results = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    return "/".join(results) or "passed"


def main() -> int:
    """Runs all tests twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help="default: all")
    chosen = parser.parse_args().projects
    CACHE.mkdir(parents=True, exist_ok=True)
    prepare()
    listed = (ROOT / "docs" / "pymarc.md").read_text()
    status = 0
    print(f"{'project':<22}{'tests':>6}{'pymarc':>8}{'tidemarc':>10}{'other':>7}")
    for project in PROJECTS:
        if chosen and project.name not in chosen:
            continue
        theirs = outcomes(project, [CACHE / "pymarc"])
        ours = outcomes(project, [HERE / "shim", ROOT / "python"])
        other = [test for test in sorted(theirs | ours) if theirs.get(test) != ours.get(test)]
        passed = [Counter(results.values())["passed"] for results in (theirs, ours)]
        name = f"{project.name} {project.version}"
        row = f"{name:<22}{len(theirs | ours):>6}{passed[0]:>8}{passed[1]:>10}{len(other):>7}"
        print(row, flush=True)
        for test in other:
            is_listed = f"`{test}`" in listed
            mark = "" if is_listed else ", not in docs/pymarc.md"
            print(f"  {test}: {theirs.get(test)}, with tidemarc {ours.get(test)}{mark}")
            status |= not is_listed
        if not passed[0]:
            print("  no test passes with pymarc: there is nothing to compare")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
