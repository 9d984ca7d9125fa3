"""pymarc's source archive: its own tests, and a quarter of a million records to compare over."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
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
