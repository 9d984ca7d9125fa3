"""The files to compare over, and pymarc's source archive: its own tests, and a quarter of a million
records.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

VERSION = "5.4.0"


class Unavailable(Exception):
    """The archive is not here and cannot be fetched."""


def folder() -> Path:
    """The unpacked archive, in the user's cache; fetched by pip the first time."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidemarc" / "pymarc"
    unpacked = base / f"pymarc-{VERSION}"
    if (unpacked / "test").is_dir():
        return unpacked
    archive = base / f"pymarc-{VERSION}.tar.gz"
    if not archive.exists():
        base.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(base), f"pymarc=={VERSION}"]
        fetched = subprocess.run(command, capture_output=True, text=True)
        if fetched.returncode or not archive.exists():
            raise Unavailable(fetched.stderr.strip().splitlines()[-1:] or "pip gave nothing")
    with tarfile.open(archive) as tar:
        tar.extractall(base, filter="data")
    return unpacked


def records() -> Path:
    """250,000 records of the Library of Congress, in UTF-8."""
    return folder() / "BooksAll.2016.part01.utf8"


def files(paths: list[str]) -> Iterator[Path]:
    """The files at these paths, and in these folders."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.is_file())
        else:
            yield path


def of_arguments(description: str | None) -> list[Path]:
    """The files that the command line names. `--records` adds the quarter of a million records."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--records", action="store_true")
    arguments = parser.parse_args()
    return [*files(arguments.paths), *([records()] if arguments.records else [])]
