"""Processes that fork with readers open."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

HEAD = """
import gc, os, sys, threading, time, warnings
warnings.simplefilter("ignore")
path = sys.argv[1]
EARLY = {"before": 0, "after_in_parent": 0, "after_in_child": 0}
def early(when):
    # This runs while our own hook holds the lock of the workers.
    def hook():
        import tidemarc
        if "hooks" not in path:
            return
        EARLY[when] += 1
        tidemarc.set_threads(2)
        assert tidemarc.get_threads() == 2
        assert sum(1 for _ in tidemarc.Reader(path, threads=2, chunk_size=500)) == 3000
    return hook
os.register_at_fork(**{when: early(when) for when in EARLY})
import tidemarc.pymarc
from tidemarc import Reader

def in_child(function, fork=os.fork):
    child = fork()
    if child == 0:
        status = 1
        try:
            function()
            status = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return child

def well(child, within=20):
    end = time.monotonic() + within
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0, status
            return
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the child never ended")

path = sys.argv[1]
"""

SCRIPTS = {
    "old readers say so in the child and new ones work": """
SAID = ("this reader was made before a fork, and its threads stayed with the parent: "
        "open a new one in the child")
data = open(path, "rb").read()
file = open(path, "rb")
old = [Reader(path), Reader(path, threads=1), Reader(data), Reader(file), Reader(path)]
kept = [next(reader) for reader in old[:4]]
def child():
    for reader in old:
        try:
            next(reader)
        except RuntimeError as error:
            assert str(error) == SAID, error
        else:
            raise AssertionError("an old reader went on")
        reader.stats, reader.position, repr(reader)
        reader.close()
    assert [record["001"].data for record in kept] == ["0"] * 4
    for threads in (None, 1, 8):
        assert sum(1 for _ in Reader(path, threads=threads)) == 3000
    assert sum(1 for _ in Reader(data, threads=4)) == 3000
    old.clear()
    gc.collect()
    well(in_child(lambda: [None for _ in Reader(path)]))
well(in_child(child))
# The parent's readers continue unaffected.
assert [sum(1 for _ in reader) for reader in old] == [2999] * 4 + [3000]
""",
    "a child that C forked, without any hook, does not wait for threads that it has not": """
import ctypes
fork = ctypes.PyDLL(None).fork
SAID = "this reader was made before a fork, and its threads stayed with the parent"
def in_child_of_c(function):
    return in_child(function, fork)
def refused(reader):
    try:
        for _ in reader:
            pass
    except RuntimeError as error:
        assert str(error).startswith(SAID), error
    else:
        raise AssertionError("it came to an end")
    reader.close()
for make in (Reader, tidemarc.pymarc.MARCReader):
    reader = make(path)
    for _ in range(200):
        next(reader)
    well(in_child_of_c(lambda: refused(reader)))
    # Readers that need no thread continue, and new readers work.
    well(in_child_of_c(lambda: [None for _ in Reader(path, threads=4)]))
    assert sum(1 for _ in reader) == 2800
# Another thread was inside.
waiting = Reader(os.pipe()[0])
thread = threading.Thread(target=lambda: next(waiting), daemon=True)
thread.start()
time.sleep(0.2)
well(in_child_of_c(lambda: refused(waiting)))
""",
    "a child that inherits running pipelines ends by itself": """
readers = [Reader(path, threads=4, chunk_size=3000) for _ in range(20)]
for reader in readers:
    next(reader)
for _ in range(20):
    child = os.fork()
    if child == 0:
        # This is the ordinary end of the interpreter, with all of them alive.
        sys.exit(0)
    well(child)
for _ in range(20):
    well(in_child(lambda: (readers.clear(), gc.collect())))
assert [sum(1 for _ in reader) for reader in readers] == [2999] * 20
""",
    "forks while other threads read": """
stop = threading.Event()
def read():
    while not stop.is_set():
        for _ in Reader(path, threads=4, chunk_size=3000):
            if stop.is_set():
                return
threads = [threading.Thread(target=read) for _ in range(3)]
for thread in threads:
    thread.start()
def child():
    assert sum(1 for _ in Reader(path, threads=4)) == 3000
for _ in range(30):
    well(in_child(child))
stop.set()
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
""",
    "forks while the workers are being started": """
stop = threading.Event()
def restart():
    while not stop.is_set():
        tidemarc.set_threads(2)
        reader = Reader(path, threads=2, chunk_size=500)
        for _ in range(50):
            next(reader)
        reader.close()
threads = [threading.Thread(target=restart) for _ in range(2)]
for thread in threads:
    thread.start()
def child():
    tidemarc.set_threads(2)
    assert tidemarc.get_threads() == 2
    assert sum(1 for _ in Reader(path, threads=4)) == 3000
try:
    for _ in range(150):
        well(in_child(child), within=10)
finally:
    stop.set()
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
""",
    "several threads fork while others ask for workers": """
# These release the GIL between our hooks, as other hooks do.
os.register_at_fork(before=lambda: time.sleep(0.001), after_in_parent=lambda: time.sleep(0.001))
stop = threading.Event()
data = open(path, "rb").read(100_000)
def ask():
    while not stop.is_set():
        tidemarc.set_threads(2)
        assert tidemarc.get_threads() == 2
        next(Reader(data))
def fork():
    for _ in range(20):
        well(in_child(lambda: next(Reader(data))))
askers = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
forkers = [threading.Thread(target=fork, daemon=True) for _ in range(3)]
for thread in askers + forkers:
    thread.start()
for thread in forkers:
    thread.join(40)
    assert not thread.is_alive(), "a fork never came back"
stop.set()
for thread in askers:
    thread.join(20)
    assert not thread.is_alive()
""",
    "closing in the parent ends a wait although a child has a copy of everything": """
fifo = path + ".fifo"
os.mkfifo(fifo)
keep = os.open(fifo, os.O_RDWR)
reader = Reader(fifo, chunk_size=10, threads=2)
record = next(Reader(path)).raw
os.write(keep, record)
next(reader)
def io_threads():
    tasks = "/proc/self/task"
    count = 0
    for task in os.listdir(tasks):
        try:
            count += open(f"{tasks}/{task}/comm").read() == "tidemarc-io\\n"
        except OSError:
            pass  # It has ended.
    return count
end = time.monotonic() + 5
while not io_threads():
    assert time.monotonic() < end
    # The record is long enough for the pipeline and an I/O thread.
    os.write(keep, record)
    next(reader)
# By then it waits for more.
time.sleep(0.2)
ours, theirs = os.pipe()
child = in_child(lambda: (os.close(theirs), os.read(ours, 1)))
reader.close()
end = time.monotonic() + 5
while io_threads() and time.monotonic() < end:
    time.sleep(0.01)
left = io_threads()
os.close(theirs)
well(child)
os.unlink(fifo)
assert left == 0, "the I/O thread went on waiting"
""",
    "a copy of a writer writes nothing and says so": """
import io
from tidemarc import Writer
SAID = "this writer was made before a fork, and belongs to the parent: open a new one in the child"
records = [record for record, _ in zip(Reader(path), range(20))]
memory = io.BytesIO()
file = open(path + ".file", "wb", buffering=0)
fifo = path + ".fifo"
os.mkfifo(fifo)
end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
def made():
    targets = [path + ".new", fifo, file, memory]
    return [Writer(target, "marcxml") for target in targets]
def refuse(writer):
    try:
        writer.write(records[0])
    except RuntimeError as error:
        assert str(error) == SAID, error
    else:
        raise AssertionError("a copy wrote")
def use():
    for writer in writers:
        refuse(writer)
        writer.close()
        with writer:
            pass
        refuse(writer)
    memory.truncate(0)
    writer = Writer(path + ".child", "iso2709")
    writer.write(records[0])
    writer.close()
    assert sum(1 for _ in Reader(path + ".child")) == 1
    writers.clear()
    gc.collect()
writers = made()
for writer in writers:
    for record in records[:10]:
        writer.write(record)
names = sorted(os.listdir(os.path.dirname(path)))
well(in_child(use))
well(in_child(lambda: (writers.clear(), gc.collect())))
child = os.fork()
if child == 0:
    sys.exit(0)
well(child)
os.unlink(path + ".child")
assert sorted(os.listdir(os.path.dirname(path))) == names
for writer in writers:
    for record in records[10:]:
        writer.write(record)
    writer.close()
data = {name: open(path + name, "rb").read() for name in (".new", ".file")}
data["memory"] = memory.getvalue()
data["fifo"] = os.read(end, 1 << 16)
for name, written in data.items():
    assert written == tidemarc.dumps(records, "marcxml"), name
os.unlink(path + ".new")
os.unlink(path + ".file")
os.unlink(fifo)
""",
    "a child does not wait for a thread that was inside of a writer": """
from tidemarc import Writer
class Slow:
    def write(self, data):
        inside.set()
        go_on.wait()
inside, go_on = threading.Event(), threading.Event()
slow = Writer(Slow())
fifo = path + ".fifo"
os.mkfifo(fifo)
end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
full = Writer(fifo, "iso2709")
record = next(Reader(path))
def fill():
    try:
        while True:
            full.write(record)
    except OSError:
        pass
def call():
    slow.write(record)
threads = [threading.Thread(target=each, daemon=True) for each in (fill, call)]
for thread in threads:
    thread.start()
inside.wait()
time.sleep(0.2)
def child():
    global slow, full
    for writer in (slow, full):
        try:
            writer.write(record)
        except RuntimeError:
            pass
        else:
            raise AssertionError("a copy wrote")
        writer.close()
    del slow, full, writer
    gc.collect()
for _ in range(5):
    well(in_child(child))
go_on.set()
os.close(end)
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
os.unlink(fifo)
# Its contents cannot be written any more, and its end would report that.
try:
    full.close()
except OSError:
    pass
""",
    "hooks that were there before ours read records": """
for _ in range(10):
    well(in_child(lambda: next(Reader(path))))
assert EARLY["before"] and EARLY["after_in_parent"]
""",
    "a reader in a process pool": """
import multiprocessing
next(Reader(path, threads=4, chunk_size=3000))
with multiprocessing.get_context("fork").Pool(2) as pool:
    titles = pool.map(str, [record for record, _ in zip(Reader(path), range(20))])
    assert titles == [str(record) for record, _ in zip(Reader(path), range(20))]
    pool.close()
    pool.join()
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_fork(name, large, process, tmp_path):
    path = tmp_path / ("hooks.mrc" if "hooks" in name else "large.mrc")
    path.symlink_to(large)
    process.run(HEAD + SCRIPTS[name], path, timeout=90)
