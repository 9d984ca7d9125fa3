"""Runs of the command, through the function of the console script."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

PROGRAM = (
    "import sys; from tidemarc._command import main; sys.argv[0] = 'tidemarc'; sys.exit(main())"
)


def command(*arguments: Any) -> list[str]:
    """Returns the command line of a process that is the command."""
    return [sys.executable, "-c", PROGRAM, *map(str, arguments)]


def run(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command, and returns the finished process."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=60, **options
    )
