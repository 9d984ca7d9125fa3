"""Processes that run out of memory or descriptors, end with readers alive, or have two interpreters."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

LIMITED = """
import ctypes, io, os, resource, sys, tidemarc, warnings
warnings.simplefilter("ignore", ResourceWarning)
from tidemarc import Fault, Reader
path, damaged = sys.argv[1:]

def limit(more):
    "Allows this process so many bytes more than it has now."
    # Every thread that has an arena of its own reserves 64 MiB of the limit: M_ARENA_MAX is 1.
    getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)(-8, 1)
    has = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (has + more, has + more))
"""


@pytest.fixture
def limited(process, large, damaged):
    """Runs a script that can limit itself."""
    return lambda script: process.run(LIMITED + script, large, damaged)


# Memory.


def test_a_chunk_that_is_too_large_is_a_memory_error(limited):
    limited("""
data = open(path, "rb").read()
limit(64 << 20)
zero = "/dev/zero"
sources = [lambda: zero, lambda: os.open(zero, os.O_RDONLY), lambda: io.BytesIO(data),
           lambda: bytearray(data), lambda: open(zero, "rb", buffering=0)]
for source in sources:
    for format in ("auto", "iso2709", "jsonl"):
        reader = Reader(source(), chunk_size=1 << 30, format=format)
        try:
            list(reader)
        except MemoryError as error:
            assert str(error) == "no memory for a buffer of 1073741824 bytes", error
        else:
            raise AssertionError("no error")
        assert not reader.stats.complete
        assert list(reader) == [], "it is reported once"
        assert reader.format == (None if format == "auto" else format)
# Bytes are read in place, and a file with chunks that are no longer than the file.
for source in (data, path):
    assert sum(1 for _ in Reader(source, chunk_size=1 << 30)) == 3000
# With a chunk that fits, everything is read.
assert sum(1 for _ in Reader(path)) == 3000
""")


@pytest.mark.parametrize("is_kept", [False, True], ids=["dropped", "quarantine"])
def test_a_long_span_in_utf16_is_reported_with_little_memory(limited, is_kept, tmp_path):
    # It has twice as many bytes in the file as in the reader, where it is UTF-8.
    limited(f"""
is_kept, length, folder = {is_kept}, 48 << 20, {str(tmp_path)!r}
import pathlib
wide, copy = pathlib.Path(folder, "wide.xml"), pathlib.Path(folder, "copy")
with open(wide, "wb") as file:
    file.write("\\ufeff<collection><record>".encode("utf-16-le"))
    for _ in range(length >> 20):
        file.write("x".encode("utf-16-le") * (1 << 20))
quarantine = copy if is_kept else None
reader = Reader(wide, max_record_length=length // 2, errors="yield", quarantine=quarantine)
limit(96 << 20)
faults = list(reader)
assert len(faults) == 1 and faults[0].kind == "over_long", faults
assert faults[0].length >= length, faults
assert reader.stats.faults == 1, reader.stats
if is_kept:
    # The tag of the collection is padding.
    start = wide.stat().st_size - copy.stat().st_size
    assert start == 26, start
    with open(wide, "rb") as file, open(copy, "rb") as other:
        file.seek(start)
        while piece := file.read(1 << 20):
            assert piece == other.read(1 << 20), file.tell()
""")


@pytest.mark.parametrize("format", ["marcmaker", "line"])
def test_a_record_of_many_short_lines_takes_little_memory_or_is_a_fault(limited, format, tmp_path):
    limited(f"""
import pathlib
format, lines = {format!r}, pathlib.Path({str(tmp_path)!r}, "lines")
head, line = "=LDR  00000nam a2200000   4500", "=001  a"
if format == "line":
    head, line = head[6:], "001 a"
count = (15 << 20) // (len(line) + 1)
lines.write_text(head + chr(10) + (line + chr(10)) * count)
for more in (160, 48):
    reader = Reader(lines, format=format, threads=1, errors="yield")
    limit(more << 20)
    item, = reader
    if more == 160:
        assert reader.stats.records == 1, item
        del item
    else:
        assert item.reason == "no memory for the fields of the record", item
        assert item.length == lines.stat().st_size
""")


def test_a_record_that_is_too_large_is_a_memory_error_behind_those_before(limited):
    limited("""
class Endless:
    def __init__(self):
        self.first = open(path, "rb").read(1 << 20)
    def read(self, size):
        first, self.first = self.first, b""
        return first or b"x" * size

os.mkfifo(fifo := path + ".fifo")
if not (child := os.fork()):
    with open(fifo, "wb") as file:
        file.write(open(path, "rb").read(1 << 20))
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            os._exit(0)
limit(96 << 20)
for source, threads in ((Endless(), None), (fifo, 2)):
    reader = Reader(source, max_record_length=1 << 30, threads=threads)
    count = 0
    try:
        for record in reader:
            count += 1
    except MemoryError as error:
        assert "no memory for a buffer of" in str(error), error
    else:
        raise AssertionError
    assert count > 1000 and reader.position == sum(len(r.raw) for r in Reader(open(path, "rb").read(reader.position)))
    assert next(reader, None) is None
    assert not reader.stats.complete
    reader.close()
os.waitpid(child, 0)
os.unlink(fifo)
""")


@pytest.mark.parametrize("more", [8, 20, 30, 44])
def test_junk_without_end_aborts_at_no_limit(limited, more, tmp_path):
    limited(f"""
with open(junk := {str(tmp_path / "junk")!r}, "wb") as file:
    file.write(b"x" * (20 << 20))
limit({more} << 20)
for source in (junk, open(junk, "rb")):
    for errors in ("yield", "strict"):
        reader = Reader(source, errors=errors, threads=2)
        try:
            for item in reader:
                assert len(item.raw) in (65536, 16 << 20)
        except (MemoryError, tidemarc.RecordError):
            pass
        reader.close()
""")


def test_little_memory_is_enough(limited):
    limited("""
tidemarc.set_threads(2)
limit(24 << 20)
for threads in (1, 2, None):
    for source in (path, open(path, "rb")):
        with Reader(source, threads=threads) as reader:
            assert sum(1 for _ in reader) == 3000
assert len([item for item in Reader(damaged, errors="yield") if isinstance(item, Fault)]) == 4
""")


def test_threads_that_cannot_be_had_are_done_without(limited):
    limited("""
readers = [Reader(path, threads=8) for _ in range(3)]
# The limit applies to the threads of a user, but not to root.
if os.getuid() == 0:
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
for reader in readers:
    assert sum(1 for _ in reader) == 3000
assert len(os.listdir("/proc/self/task")) == 1
""")


# Descriptors.


def test_thousands_of_readers_live_side_by_side(limited):
    limited("""
import io
data = open(damaged, "rb").read()
readers = [Reader(data, errors="skip") for _ in range(2000)]
for _ in range(3):
    assert {next(reader).number for reader in readers} == {_ + 1}
files = [Reader(io.BytesIO(data), chunk_size=4096) for _ in range(2000)]
assert {next(reader).number for reader in files} == {1}
assert len(os.listdir("/proc/self/task")) < 20
""")


@pytest.mark.parametrize("threads", [1, 2])
def test_running_out_of_descriptors_is_told_at_construction(limited, threads):
    limited(f"""
import errno
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
readers = []
try:
    for _ in range(2000):
        readers.append(Reader(path, threads={threads}, chunk_size=4096))
        for _ in range(200):
            next(readers[-1])
except OSError as error:
    assert (error.errno, error.filename) == (errno.EMFILE, path), error
    assert str(error) == f"[Errno 24] Too many open files: '{{path}}'"
else:
    raise AssertionError
assert len(readers) > 50
# The open readers continue, and each that ends makes room for another.
assert {{next(reader).number for reader in readers}} <= {{201, 1}}
assert sum(1 for _ in readers.pop()) == 2799
assert sum(1 for _ in Reader(path)) == 3000
while True:
    try:
        os.dup(0)
    except OSError:
        break
try:
    Reader(0)
except OSError as error:
    assert error.errno == errno.EMFILE, error
else:
    raise AssertionError
""")


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
    other = interpreters.create(isolated=False)
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


def test_an_interpreter_that_is_forced_to_run_without_its_lock_is_refused(process):
    process.run("""
import sys
for enabled in (False, True, None):
    if enabled is None:
        sys.__dict__.pop("_is_gil_enabled", None)
    else:
        sys._is_gil_enabled = lambda: enabled
    try:
        import tidemarc
    except ImportError as error:
        assert str(error).startswith("tidemarc needs the global interpreter lock (GIL)"), error
        assert enabled is False
    else:
        assert enabled is not False
    for name in [name for name in sys.modules if name.startswith("tidemarc")]:
        del sys.modules[name]
""")
