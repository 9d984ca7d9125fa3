"""Forks at random moments, while other threads read, write and convert.

`TIDEMARC_STRESS=N` makes N times as many rounds, each with a seed of its own, which a failure names.
"""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

ROUNDS = int(os.environ.get("TIDEMARC_STRESS", "1"))
SEEDS = range(2 * ROUNDS)

SCRIPT = """
import ctypes, gc, io, logging, os, random, sys, threading, time, traceback, warnings
import tidemarc
from tidemarc import Reader, Writer, convert

warnings.simplefilter("ignore")
logging.disable()
folder, how, seed, deadline = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
rng = random.Random(seed)
source = folder + "/in.mrc"
data = open(source, "rb").read()
records = list(Reader(data))
COUNT = len(records)
stop = threading.Event()
errors = []

# A library that forks keeps the lock of the interpreter meanwhile, and Python hears nothing of it.
libc = ctypes.PyDLL(None)
fork = {"python": os.fork, "c": libc.fork}[how]

def thread(function):
    def call():
        try:
            while not stop.is_set():
                function()
        except BaseException:
            errors.append(traceback.format_exc())
            stop.set()
    made = threading.Thread(target=call, daemon=True)
    made.start()
    return made

def read():
    way = random.choice([source, data, io.BytesIO(data)])
    options = {"threads": random.choice([1, 2, 4]), "chunk_size": random.choice([700, 9000])}
    count = sum(1 for _ in Reader(way, **options))
    assert count == COUNT, count

def write():
    name = f"{folder}/written-{threading.get_ident()}"
    with Writer(name, "marcxml") as writer:
        for record in records:
            writer.write(record)
    found = sum(1 for _ in Reader(name, format="marcxml"))
    assert found == COUNT, found

def change():
    name = f"{folder}/converted-{threading.get_ident()}"
    assert convert(source, name, to_format="jsonl").records == COUNT

def quarantined():
    name = f"{folder}/q-{threading.get_ident()}"
    junk = b"".join(b"junk %d\\x1d" % number for number in range(300))
    list(Reader(junk + data, errors="skip", quarantine=name, threads=2, chunk_size=700))
    assert open(name, "rb").read() == junk

# Objects of the parent, of which each child has a copy.
kept = [Reader(source, threads=4, chunk_size=700), Reader(source), Reader(data)]
for reader in kept:
    next(reader)
junk = b"".join(b"junk %d\\x1d" % number for number in range(50))
pending = Reader(junk + data, errors="skip", quarantine=folder + "/pending", threads=1)
next(pending)
memory = io.BytesIO()
raw = open(folder + "/raw.jsonl", "wb", buffering=0)
writers = [
    Writer(folder + "/parent.xml", "marcxml"), Writer(memory, "jsonl"), Writer(raw, "jsonl")
]
for writer in writers:
    writer.write(records[0])

def child():
    for old in [*kept, pending]:
        try:
            next(old)
        except RuntimeError:
            pass
        else:
            # Without a word from Python, what is in memory of a reader is still there.
            assert how == "c"
        old.close()
    for old in writers:
        try:
            if how == "python":
                old.write(records[0])
        except RuntimeError:
            pass
        else:
            assert how == "c", "a copy of a writer wrote"
        old.close()
    read()
    read()
    name = f"{folder}/child-{os.getpid()}"
    with Writer(name, "marcxml") as writer:
        for record in records:
            writer.write(record)
    assert sum(1 for _ in Reader(name)) == COUNT
    assert convert(name, name, to_format="jsonl").records == COUNT
    os.unlink(name)
    kept.clear()
    writers.clear()
    gc.collect()

def well(pid):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            assert status == 0, f"a child ended with {status}"
            return
        time.sleep(0.002)
    os.kill(pid, 6)
    os.waitpid(pid, 0)
    raise AssertionError("a child never ended")

def end():
    stop.set()
    for each in threads:
        each.join(deadline)
        assert not each.is_alive(), "a thread of the parent never came back"

# A thread that waits for the lock of the interpreter while another forks, and Python is not told, leaves
# a lock in the child that nobody opens, whatever the module. There, only our own threads run.
loops = (read, read, write, change, quarantined) if how == "python" else ()
threads = [thread(each) for each in loops]
# Also where something fails.
threading._register_atexit(end)
for _ in range(6):
    time.sleep(rng.random() * 0.02)
    running = [Reader(source, threads=4, chunk_size=700) for _ in range(3)]
    for reader in running:
        for _ in range(rng.randrange(100)):
            next(reader)
    pid = fork()
    if pid == 0:
        import faulthandler
        faulthandler.dump_traceback_later(deadline - 2, exit=True)
        status = 1
        try:
            child()
            status = 0
        except BaseException:
            traceback.print_exc()
        faulthandler.cancel_dump_traceback_later()
        sys.stderr.flush()
        os._exit(status)
    well(pid)
    assert not errors, errors[0]
if how == "python":
    # The ordinary way out of the interpreter, with all of them alive.
    pid = os.fork()
    if pid == 0:
        threads.clear()
        sys.exit(0)
    well(pid)
end()
assert not errors, errors[0]
# And the parent's go on as if nothing had been.
assert [sum(1 for _ in reader) for reader in kept] == [COUNT - 1] * 3
assert sum(1 for _ in pending) == COUNT - 1
pending.close()
assert open(folder + "/pending", "rb").read() == junk
for writer in writers:
    for record in records[1:]:
        writer.write(record)
    writer.close()
raw.close()
for each in (folder + "/parent.xml", memory.getvalue(), folder + "/raw.jsonl"):
    found = [int(record["001"].data) for record in Reader(each)]
    assert found == list(range(COUNT)), len(found)
left = [name for name in os.listdir(folder) if name.startswith((".tidemarc", "child-"))]
assert not left, left
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("how", ["python", "c"])
def test_nothing_hangs_and_nothing_is_written_twice(how, seed, marc, tmp_path, process):
    (tmp_path / "in.mrc").write_bytes(b"".join(marc.numbered(400, 300)))
    process.run(SCRIPT, tmp_path, how, seed, process.DEADLINE, timeout=6 * process.DEADLINE)
