"""Marks of tests that not every machine can run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

#: A device that is always full.
FULL = Path("/dev/full")

posix = pytest.mark.skipif(sys.platform == "win32", reason="files are replaced on POSIX")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
