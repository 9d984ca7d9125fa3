"""Processes that run out of memory or descriptors, end with readers alive, or have two interpreters."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

LIMITED = """
import os, resource, sys, tidemarc, warnings
warnings.simplefilter("ignore", ResourceWarning)
from tidemarc import Fault, Reader
path, damaged = sys.argv[1:]

def limit(more):
    "Allows this process so many bytes more than it has now."
    has = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (has + more, has + more))
"""


@pytest.fixture
def limited(process, large, damaged):
    """Run a script that can limit itself."""
    return lambda script: process.run(LIMITED + script, large, damaged)


# The end of the process.

EXITS = {
    "in a for loop": """
for record in Reader(path, threads=threads, chunk_size=4096):
    if record.number == 500:
        sys.exit(0)
""",
    "kept in a module": """
import tidemarc.errors
readers = tidemarc.errors.kept = [Reader(path, threads=threads, chunk_size=4096) for _ in range(20)]
kept = [next(reader) for reader in readers for _ in range(100)]
""",
    "in a cycle": """
class Source:
    def __init__(self):
        self.file, self.reader = open(path, "rb"), Reader(self, threads=threads)
        self.reader_of_path = Reader(path, threads=threads, chunk_size=4096)
    def read(self, size):
        return self.file.read(size)
for source in (Source(), Source()):
    for reader in (source.reader, source.reader_of_path):
        source.record = [next(reader) for _ in range(400)][-1]
""",
    "in daemon threads": """
import threading, time
def read():
    while True:
        for record in Reader(path, threads=threads, chunk_size=4096):
            record["245"].value()
def wait():
    next(Reader(os.pipe()[0]))
for target in (read, read, wait):
    threading.Thread(target=target, daemon=True).start()
time.sleep(0.3)
""",
    "by an exception": """
reader = Reader(path, threads=threads, chunk_size=4096)
try:
    for record in reader:
        if record.number == 500:
            raise LookupError
except LookupError:
    pass
""",
    "after the module was thrown away": """
reader = Reader(path, threads=threads, chunk_size=4096)
record = [next(reader) for _ in range(500)][-1]
for name in [name for name in sys.modules if name.startswith("tidemarc")]:
    del sys.modules[name]
del tidemarc
""",
    "in an atexit handler": """
import atexit
reader = Reader(path, threads=threads, chunk_size=4096)
next(reader)
atexit.register(lambda: [next(reader) for _ in range(1000)])
""",
    "at once": """
reader = Reader(path, threads=threads, chunk_size=4096)
[next(reader) for _ in range(500)]
sys.stdout.flush()
os._exit(0)
""",
}


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("how", EXITS)
def test_the_interpreter_ends_well_with_readers_alive(limited, how, threads):
    for _ in range(2):
        limited(f"threads = {threads}\n{EXITS[how]}")


# Several interpreters.


def test_a_second_interpreter_is_refused_in_words(books):
    script = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import sys
first, path = sys.argv[1:]
IMPORT = '''
import sys
try:
    import tidemarc
except ImportError as error:
    print("refused:", error)
else:
    print("imported:", sum(1 for _ in tidemarc.Reader(%r)))
sys.stdout.flush()
''' % path
try:
    other = interpreters.create("legacy")
except TypeError:
    other = interpreters.create()
if first == "main":
    exec(IMPORT)
for _ in range(2):
    interpreters.run_string(other, IMPORT)
if first == "main":
    exec(IMPORT)
    interpreters.destroy(other)
    exec(IMPORT)
else:
    exec(IMPORT)
    interpreters.destroy(other)
    exec(IMPORT)
"""
    refused = "refused: tidemarc is in use by another interpreter of this process"
    for first, expected in {
        "main": ["imported: 60", refused, refused, "imported: 60", "imported: 60"],
        "other": ["imported: 60", "imported: 60", refused, refused],
    }.items():
        result = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", script, first, str(books)],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert (result.returncode, result.stderr) == (0, "")
        told = [line.split(", and cannot")[0] for line in result.stdout.splitlines()]
        assert told == expected


def test_the_module_can_be_imported_again_in_its_own_interpreter(process, books):
    process.run(
        """
import sys
for _ in range(3):
    import tidemarc
    assert sum(1 for _ in tidemarc.Reader(sys.argv[1])) == 60
    for name in [name for name in sys.modules if name.startswith("tidemarc")]:
        del sys.modules[name]
""",
        books,
    )
