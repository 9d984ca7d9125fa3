"""Scripts that are sent signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time

#: What begins each script: `fifo` is a path; nobody writes to it but us.
HEAD = """
import io, os, signal, sys, threading, time
import tidemarc
from tidemarc import Reader
fifo = sys.argv[1]
def record():
    return b"00060nam a2200049   4500001000300000245000700003\\x1ea1\\x1e10\\x1faHi\\x1e\\x1d"
def ready():
    print("ready", flush=True)
def interrupted(function):
    ready()
    try:
        function()
    except KeyboardInterrupt:
        print("interrupted", time.monotonic(), flush=True)
    else:
        print("missed", flush=True)
"""


class Script:
    """A script that is waited for, and sent signals."""

    def __init__(self, script, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HEAD + textwrap.dedent(script), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self.process.stdout.readline().strip()

    def interrupt(self, after=0.15):
        """Send a signal once it is waiting, and say how long the answer took."""
        assert self.line() == "ready"
        time.sleep(after)
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        answer = self.line().split()
        assert answer[:1] == ["interrupted"], self.process.communicate(timeout=5)
        return float(answer[1]) - start

    def end(self):
        output, errors = self.process.communicate(timeout=20)
        assert (self.process.returncode, errors) == (0, ""), errors
        return output.strip()


# The contract says 100 ms; a busy machine may take longer.
SOON = 2.0
