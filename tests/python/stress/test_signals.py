"""Signal handlers that raise at random moments: every record exactly once, all the same.

`TIDEMARC_STRESS=N` makes N times as many rounds, each with a seed of its own, which a failure names.
"""

from __future__ import annotations

import os
import signal

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")

ROUNDS = int(os.environ.get("TIDEMARC_STRESS", "1"))
SEEDS = range(3 * ROUNDS)

HEAD = """
import io, logging, os, random, signal, sys, threading, warnings
import tidemarc
from tidemarc import Fault, Reader, Writer
from tidemarc.pymarc import MARCReader

warnings.simplefilter("ignore")
logging.disable()
folder, seed = sys.argv[1], int(sys.argv[2])
rng = random.Random(seed)
source = folder + "/in.mrc"
data = open(source, "rb").read()

class Stop(BaseException):
    pass

class Alarm(Exception):
    pass

raised = 0
armed = False

def handler(*_):
    # Raises only where the program is ready for it: in a call of ours.
    global raised
    if armed:
        raised += 1
        raise rng.choice([Stop, Alarm, KeyboardInterrupt])

signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)

NOTHING = object()

def call(function, *arguments):
    # Returns the answer, or `NOTHING` if a handler raised meanwhile. A handler may also raise after the
    # answer, before it is assigned: the list has it then.
    global armed
    answers = []
    try:
        armed = True
        # One call of C, so that the answer is kept by the time that Python runs a handler.
        answers.extend(map(function, *arguments) if arguments else (each() for each in [function]))
        armed = False
    except (Stop, Alarm, KeyboardInterrupt):
        armed = False
    return answers[0] if answers else NOTHING
"""

READS = """
def items(reader):
    # `list.extend` takes an item of the iterator and appends it, with no Python code in between.
    global armed
    found = []
    while True:
        try:
            armed = True
            found.extend(reader)
            armed = False
            return found
        except (Stop, Alarm, KeyboardInterrupt):
            armed = False

def feed(descriptor, pause):
    # A signal may cut a write short: the buffer writes the rest.
    with open(descriptor, "wb") as file:
        for at in range(0, len(data), 30_000):
            file.write(data[at : at + 30_000])
            file.flush()
            pause.wait(0.0003)

expected = [item.raw for item in Reader(data, errors="yield")]
faults = b"".join(item.raw for item in Reader(data, errors="yield") if isinstance(item, Fault))
for _ in range(8):
    kind = rng.choice(["path", "bytes", "file", "raw", "pipe", "pipe file"])
    thread = None
    if "pipe" in kind:
        ours, theirs = os.pipe()
        thread = threading.Thread(target=feed, args=(theirs, threading.Event()))
        thread.start()
    given = {
        "path": lambda: source,
        "bytes": lambda: data,
        "file": lambda: io.BytesIO(data),
        "raw": lambda: open(source, "rb", buffering=0),
        "pipe": lambda: ours,
        "pipe file": lambda: open(ours, "rb"),
    }[kind]()
    quarantine = rng.choice([folder + "/q", io.BytesIO(), None])
    options = {"threads": rng.choice([1, 2, 4]), "chunk_size": rng.choice([700, 9000, 65536])}
    reader = Reader(given, errors="yield", quarantine=quarantine, **options)
    found = [item.raw for item in items(reader)]
    assert found == expected, (kind, options, len(found), len(expected))
    while call(reader.close) is NOTHING:
        pass
    assert reader.stats.complete or thread, (kind, options)
    if quarantine is not None:
        is_path = isinstance(quarantine, str)
        written = open(quarantine, "rb").read() if is_path else quarantine.getvalue()
        assert written == faults, (kind, options)
    if thread:
        thread.join()
    if kind == "pipe":
        os.close(ours)
    elif kind in ("raw", "pipe file"):
        given.close()
    dropin = MARCReader(io.BytesIO(data), recover=True)
    assert len(items(dropin)) == len(expected)
assert raised, "no signal came"
"""

WRITES = """
records = [item for item in Reader(data, errors="yield") if not isinstance(item, Fault)]

class Slow(io.RawIOBase):
    # Takes little, and lets handlers run in between.
    def __init__(self):
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, data):
        count = min(len(data), rng.randrange(1, 200))
        self.taken += data[:count]
        return count

def drain(descriptor, into):
    while chunk := os.read(descriptor, 20_000):
        into.extend(chunk)

for _ in range(4):
    kind = rng.choice(["path", "memory", "slow", "fifo"])
    taken = bytearray()
    thread = None
    if kind == "fifo":
        name = f"{folder}/fifo-{rng.random()}"
        os.mkfifo(name)
        end = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
        target = name
    else:
        target = {"path": lambda: folder + "/out", "memory": io.BytesIO, "slow": Slow}[kind]()
    format = rng.choice(["iso2709", "jsonl", "marcxml"])
    writer = Writer(target, format)
    if kind == "fifo":
        os.set_blocking(end, True)
        thread = threading.Thread(target=drain, args=(end, taken))
        thread.start()
    for record in records:
        # `write()` takes the record or raises. A raw file that a handler interrupts in mid-record has
        # taken it, and gets the rest first.
        before = len(target.taken) if kind == "slow" else 0
        while call(writer.write, [record]) is NOTHING:
            if kind == "slow" and len(target.taken) > before:
                break
    if kind == "path":
        # An interrupted close gives a path up: here, nothing interrupts it.
        writer.close()
    else:
        while call(writer.close) is NOTHING:
            pass
    if thread:
        thread.join()
        os.close(end)
    written = {
        "path": lambda: open(target, "rb").read(),
        "memory": lambda: target.getvalue(),
        "slow": lambda: bytes(target.taken),
        "fifo": lambda: bytes(taken),
    }[kind]()
    expected = tidemarc.dumps(records, format)
    # What an interrupted close() of a FIFO gave up is its end alone.
    whole = expected.startswith(written) if kind == "fifo" else written == expected
    assert whole, (kind, format, len(written), len(expected))
"""

END = """
signal.setitimer(signal.ITIMER_REAL, 0)
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", [READS, WRITES], ids=["reads", "writes"])
def test_every_record_comes_and_goes_exactly_once(script, seed, marc, tmp_path, process):
    records = marc.numbered(1500, 200)
    for at in range(0, len(records), 7):
        records[at] += b"junk %d\x1d" % at
    (tmp_path / "in.mrc").write_bytes(b"".join(records))
    process.run(HEAD + script + END, tmp_path, seed, timeout=4 * process.DEADLINE)
