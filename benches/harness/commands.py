"""Running the programs that fetch and build."""

import os
import re
import subprocess
import sys
from pathlib import Path


class SetupError(Exception):
    """A reason why nothing can be measured."""


def say(text: str) -> None:
    """Prints a line about the progress."""
    print(text, file=sys.stderr, flush=True)


def call(*command: str | Path, cwd: Path | None = None, **environment: str) -> str | None:
    """Runs a command. Returns the line that says why it failed, or None if it did not."""
    say("+ " + " ".join(map(str, command)))
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    say(done.stdout)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    for telling in (r"error\[E\d+\]", r"(error|ERROR)\b", ""):  # rustc's, anyone's, the last line
        if found := [line for line in lines if re.match(telling, line)]:
            return found[-1]
    return f"exit status {done.returncode}"


def first_line(*command: str | Path) -> str:
    """Returns the first line that a command prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0]
