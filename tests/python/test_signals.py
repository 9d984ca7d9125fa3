"""Ctrl-C, and other signals, during a wait."""

from __future__ import annotations

import collections
import itertools
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from tidemarc import Reader
from tidemarc.pymarc import MARCReader

#: The beginning of each script: `fifo` is a path, and only this test writes to it.
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
    """A script that can be waited for, and sent signals."""

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
        """Sends a signal once the script is waiting, and returns the time until its answer."""
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


@pytest.fixture
def script(request):
    """Starts scripts; none of them outlives the test."""
    started = []

    def start(*arguments):
        started.append(Script(*arguments))
        return started[-1]

    yield start
    for script in started:
        if script.process.poll() is None:
            script.process.kill()
        script.process.communicate()


# The contract is 100 ms; a busy machine may take longer.
SOON = 2.0

WAITS = {
    "a FIFO that nobody has opened, default threads": "interrupted(lambda: next(Reader(fifo)))",
    "a FIFO that nobody has opened, one thread": "interrupted(lambda: next(Reader(fifo, threads=1)))",
    "a silent FIFO, default threads": """
        keep = os.open(fifo, os.O_RDWR)
        reader = Reader(fifo, chunk_size=30, threads=4)
        os.write(keep, record())
        next(reader)
        interrupted(lambda: next(reader))
        os.write(keep, record())
        assert next(reader).number == 2
    """,
    "a silent FIFO, one thread": """
        keep = os.open(fifo, os.O_RDWR)
        reader = Reader(fifo, threads=1)
        os.write(keep, record() + record()[:10])
        next(reader)
        interrupted(lambda: next(reader))
        os.write(keep, record()[10:])
        assert next(reader).raw == record()
    """,
    "an endless device, far behind its start": """
        interrupted(lambda: next(Reader("/dev/zero", start=60 << 40)))
    """,
    "a pipe by descriptor": """
        ours, theirs = os.pipe()
        reader = Reader(ours)
        interrupted(lambda: next(reader))
        os.write(theirs, record())
        assert next(reader).number == 1
    """,
    "a slow Python file": """
        class Source:
            def read(self, size):
                time.sleep(30)
        interrupted(lambda: next(Reader(Source())))
    """,
    "a buffered file on a silent pipe": """
        ours, theirs = os.pipe()
        file = open(ours, "rb")
        reader = Reader(file)
        interrupted(lambda: next(reader))
        os.write(theirs, record())
        assert next(reader).number == 1
        file.close()
    """,
    "a socket": """
        import socket
        ours, theirs = socket.socketpair()
        reader = Reader(ours)
        interrupted(lambda: next(reader))
        theirs.sendall(record())
        assert next(reader).number == 1
        ours.close(), theirs.close()
    """,
    "another thread that waits": """
        keep = os.open(fifo, os.O_RDWR)
        reader = Reader(fifo)
        other = threading.Thread(target=lambda: next(reader, None), daemon=True)
        other.start()
        time.sleep(0.2)
        interrupted(lambda: next(reader))
        reader.close()
        other.join(10)
        assert not other.is_alive()
    """,
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait(wait, script, fifo):
    waiting = script(WAITS[wait], fifo)
    assert waiting.interrupt() < SOON
    assert waiting.end() == ""


def test_ctrl_c_ends_a_long_loop(script, large):
    running = script(
        """
        def loop():
            while True:
                for _ in Reader(fifo):
                    pass
        interrupted(loop)
        """,
        large,
    )
    assert running.interrupt() < SOON
    assert running.end() == ""


def test_ctrl_c_ends_a_run_of_faults_that_are_skipped(script, tmp_path, marc):
    path = tmp_path / "faults.mrc"
    path.write_bytes(marc.BAD_DIRECTORY * 2000)
    running = script(
        """
        import logging, warnings
        warnings.simplefilter("ignore")
        logging.getLogger("tidemarc").addHandler(logging.NullHandler())
        logging.getLogger("tidemarc").propagate = False
        def loop():
            while True:
                next(Reader(fifo, errors="skip"), None)
        interrupted(loop)
        """,
        path,
    )
    assert running.interrupt() < SOON
    assert running.end() == ""


def test_ctrl_c_in_a_thread_other_than_the_main_one_is_the_main_threads(script, fifo):
    waiting = script(
        """
        keep = os.open(fifo, os.O_RDWR)
        reader = Reader(fifo)
        found = []
        other = threading.Thread(target=lambda: found.append(next(reader).raw))
        other.start()
        time.sleep(0.1)
        interrupted(lambda: time.sleep(30))
        os.write(keep, record())
        other.join()
        assert found == [record()]
        """,
        fifo,
    )
    assert waiting.interrupt() < SOON
    assert waiting.end() == ""


def test_records_that_were_read_already_stay_to_be_had(script, fifo):
    waiting = script(
        """
        keep = os.open(fifo, os.O_RDWR)
        reader = Reader(fifo, chunk_size=500, threads=4)
        os.write(keep, record() * 100)
        assert [next(reader).number for _ in range(100)] == [*range(1, 101)]
        for round in range(5):
            interrupted(lambda: next(reader))
            os.write(keep, record() * 3)
            first = 101 + 3 * round
            assert [next(reader).number for _ in range(3)] == [first, first + 1, first + 2]
        """,
        fifo,
    )
    for _ in range(5):
        assert waiting.interrupt() < SOON
    assert waiting.end() == ""


def test_a_signal_that_raises_nothing_changes_nothing(script, fifo):
    waiting = script(
        """
        count = 0
        def handler(*_):
            global count
            count += 1
            try:
                next(reader)
            except RuntimeError as error:
                assert "from inside its own read, log or signal handler" in str(error)
            else:
                raise AssertionError("the reader was entered twice")
            assert reader.stats.records == 0
        signal.signal(signal.SIGUSR1, handler)
        keep = os.open(fifo, os.O_RDWR)
        for threads in (1, 4):
            reader = Reader(fifo, threads=threads, chunk_size=10)
            seen = count
            def send():
                # The delay is longer than the reader needs to begin its wait; the signals are
                # frequent.
                time.sleep(0.2)
                for _ in range(20):
                    os.kill(os.getpid(), signal.SIGUSR1)
                    time.sleep(0.01)
                os.write(keep, record())
            threading.Thread(target=send).start()
            assert next(reader).number == 1
            assert count > seen
            reader.close()
        """,
        fifo,
    )
    assert waiting.end() == ""


def test_what_a_signal_handler_raises_is_raised_from_the_wait(script, fifo):
    waiting = script(
        """
        def handler(*_):
            raise LookupError("mine")
        signal.signal(signal.SIGALRM, handler)
        keep = os.open(fifo, os.O_RDWR)
        for threads in (1, 4):
            reader = Reader(fifo, threads=threads)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            try:
                next(reader)
            except LookupError as error:
                assert str(error) == "mine"
            else:
                raise AssertionError
            os.write(keep, record())
            assert next(reader).number == 1
            reader.close()
        """,
        fifo,
    )
    assert waiting.end() == ""


def test_a_storm_of_signals_loses_no_record(script, large):
    running = script(
        """
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for threads in (1, 4):
            for source in (fifo, open(fifo, "rb").read(), io.BytesIO(open(fifo, "rb").read())):
                numbers = [item.number for item in Reader(source, threads=threads, chunk_size=3000)]
                assert numbers == [*range(1, 3001)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        """,
        large,
    )
    running.process.wait(60)
    errors = running.process.communicate()[1]
    assert running.process.returncode == 0, errors


# Writers.


def test_a_writer_that_waits_for_a_reader_of_its_fifo_answers_signals(script, fifo):
    process = script(
        """
        interrupted(lambda: tidemarc.Writer(fifo))
        threading.Timer(0.2, lambda: os.close(os.open(fifo, os.O_RDONLY))).start()
        tidemarc.Writer(fifo)
        """,
        fifo,
    )
    assert process.interrupt() < SOON
    process.end()


def test_a_write_to_a_full_fifo_answers_signals_and_loses_nothing(script, fifo):
    process = script(
        """
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        (record,) = tidemarc.Reader(record())
        writer = tidemarc.Writer(fifo)
        written = 0
        def fill():
            global written
            while True:
                writer.write(record)
                written += 1
        interrupted(fill)
        interrupted(fill)
        os.set_blocking(end, True)
        chunks = []
        def read():
            while chunk := os.read(end, 1 << 16):
                chunks.append(chunk)
        reader = threading.Thread(target=read)
        reader.start()
        writer.write(record)
        writer.close()
        reader.join()
        assert b"".join(chunks) == record.as_marc() * (written + 1)
        """,
        fifo,
    )
    assert process.interrupt() < SOON
    assert process.interrupt() < SOON
    process.end()


def test_an_interrupted_close_closes_and_gives_up_what_is_left(script, fifo):
    process = script(
        """
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        (record,) = tidemarc.Reader(record())
        os.write(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), b"x" * (1 << 20))
        writer = tidemarc.Writer(fifo)
        writer.write(record)
        interrupted(writer.close)
        writer.close()
        try:
            writer.write(record)
        except ValueError as error:
            assert str(error) == "the writer is closed"
        """,
        fifo,
    )
    assert process.interrupt() < SOON
    process.end()


def test_a_signal_handler_may_close_the_writer_whose_write_waits(script, fifo):
    process = script(
        """
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        (record,) = tidemarc.Reader(record())
        writer = tidemarc.Writer(fifo)
        def handle(*_):
            writer.close()
            os.read(end, 1 << 16)
            print("interrupted", time.monotonic(), flush=True)
            signal.signal(signal.SIGALRM, lambda *_: os.read(end, 1 << 16))
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        signal.signal(signal.SIGINT, handle)
        ready()
        try:
            while True:
                writer.write(record)
        except ValueError as error:
            assert str(error) == "the writer is closed"
        # Python drops its handlers before it ends, and then an alarm would end it.
        signal.setitimer(signal.ITIMER_REAL, 0)
        """,
        fifo,
    )
    assert process.interrupt() < SOON
    process.end()


def test_a_writer_that_is_dropped_over_a_full_fifo_lets_other_threads_run(script, fifo):
    process = script(
        """
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        (record,) = tidemarc.Reader(record())
        os.write(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), b"x" * (1 << 20))
        writer = tidemarc.Writer(fifo)
        writer.write(record)
        def read():
            time.sleep(0.2)
            os.set_blocking(end, True)
            while not data.endswith(record.as_marc()):
                data.extend(os.read(end, 1 << 16))
        data = bytearray()
        reader = threading.Thread(target=read)
        reader.start()
        del writer
        reader.join()
        """,
        fifo,
    )
    process.end()


# Quarantines.


def test_a_quarantine_that_waits_for_a_reader_of_its_fifo_answers_signals(script, fifo):
    process = script(
        """
        # The report is a file beside it; and the reverse.
        os.symlink(fifo, fifo + ".2.jsonl")
        for path in (fifo, fifo + ".2"):
            interrupted(lambda: Reader(b"junk", errors="skip", quarantine=path))
        """,
        fifo,
    )
    assert process.interrupt() < SOON
    assert process.interrupt() < SOON
    process.end()


@pytest.mark.parametrize("errors", ["yield", "skip"])
def test_a_quarantine_in_a_full_fifo_answers_signals_and_loses_nothing(script, fifo, errors):
    process = script(
        """
        import warnings
        warnings.simplefilter("ignore")
        import logging
        logging.disable()
        errors = sys.argv[2]
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        junk = [b"x%07d" % number * 100 + b"\x1d" for number in range(1000)]
        reader = Reader(b"".join(junk) + record(), errors=errors, quarantine=fifo)
        items = []
        ticks = 0
        def tick():
            global ticks
            while True:
                time.sleep(0.01)
                ticks += 1
        threading.Thread(target=tick, daemon=True).start()
        def read():
            for item in reader:
                items.append(item)
        interrupted(read)
        # The other threads continued during the wait.
        assert ticks > 3, ticks
        interrupted(read)
        os.set_blocking(end, True)
        data = bytearray()
        def drain():
            while chunk := os.read(end, 1 << 16):
                data.extend(chunk)
        drained = threading.Thread(target=drain)
        drained.start()
        read()
        reader.close()
        drained.join()
        assert bytes(data) == b"".join(junk)
        assert len(items) == (1001 if errors == "yield" else 1)
        assert reader.stats.complete and reader.stats.faults == 1000
        """,
        fifo,
        errors,
    )
    assert process.interrupt() < SOON
    assert process.interrupt() < SOON
    process.end()


@pytest.mark.parametrize("way", ["close()", "del"])
def test_a_quarantine_in_a_full_fifo_lets_other_threads_run_at_the_end(script, fifo, way):
    process = script(
        """
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        os.write(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), b"x" * (1 << 20))
        reader = Reader(b"junk" + record(), errors="yield", quarantine=fifo)
        assert next(reader).raw == b"junk"
        data = bytearray()
        def read():
            time.sleep(0.2)
            os.set_blocking(end, True)
            while not data.endswith(b"junk"):
                data.extend(os.read(end, 1 << 16))
        thread = threading.Thread(target=read)
        thread.start()
        if sys.argv[2] == "del":
            del reader
        else:
            reader.close()
        thread.join()
        """,
        fifo,
        way,
    )
    process.end()


#: Endless input without a record.
ENDLESS = {
    "padding": 'open("/dev/zero", "rb")',
    "padding on a path": '"/dev/zero"',
    "junk": """type("Junk", (), {"read": lambda self, size: b"x" * size})()""",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=list(ENDLESS))
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_search_in_endless_input(script, source, threads):
    search = script(
        f"""
        reader = Reader({source}, threads={threads}, errors="skip")
        import logging
        logging.disable()
        interrupted(lambda: next(reader))
        """,
        "",
    )
    assert search.interrupt() < SOON
    search.end()


def test_closing_ends_a_search_in_endless_input(script):
    search = script(
        """
        reader = Reader("/dev/zero")
        found = []
        thread = threading.Thread(target=lambda: found.append(next(reader, None)))
        thread.start()
        time.sleep(0.1)
        reader.close()
        thread.join(5)
        print(thread.is_alive(), found, flush=True)
        os._exit(0)
        """,
        "",
    )
    assert search.line() == "False [None]"


#: Endless text without a record.
ENDLESS_TEXT = {"marcxml": b"<a> </a>", "json": b"[[],[]],", "marcmaker": b"# no\n\n"}


@pytest.mark.parametrize("format", ENDLESS_TEXT)
def test_ctrl_c_ends_a_search_in_endless_text(script, format):
    search = script(
        f"""
        text = {ENDLESS_TEXT[format]!r} * 8000
        Endless = type("Endless", (), {{"read": lambda self, size: text[:size]}})
        interrupted(lambda: next(Reader(Endless(), format="{format}", errors="skip")))
        """,
        "",
    )
    assert search.interrupt() < SOON
    search.end()


def test_ctrl_c_ends_a_conversion(script):
    conversion = script(
        """
        interrupted(lambda: tidemarc.convert("/dev/zero", "/dev/null", to_format="json"))
        """,
        "",
    )
    assert conversion.interrupt() < SOON
    conversion.end()


def test_ctrl_c_ends_a_conversion_that_waits_for_its_source(script, fifo):
    conversion = script(
        """
        os.open(fifo, os.O_RDWR)
        interrupted(lambda: tidemarc.convert(fifo, "/dev/null", to_format="marcxml"))
        """,
        fifo,
    )
    assert conversion.interrupt() < SOON
    conversion.end()


# Signals that no test sends.

PIPES = {
    "the path of a pipe": "print(sum(1 for _ in Reader('/dev/stdin', threads=threads)))",
    "a descriptor": "print(sum(1 for _ in Reader(0, threads=threads)))",
    "a FIFO": "print(sum(1 for _ in Reader(fifo, threads=threads)))",
    "check": "print(tidemarc.check(fifo, threads=threads).stats.records)",
    "convert": "print(tidemarc.convert(0, os.devnull, to_format='marcxml', threads=threads).records)",
}


@pytest.mark.parametrize("threads", [1, None])
@pytest.mark.parametrize("pipe", PIPES)
def test_the_end_of_a_pipe_raises_no_signal(pipe, threads, large, fifo):
    """SIGPIPE has its default action, as in programs that end quietly when their reader goes."""
    script = f"signal.signal(signal.SIGPIPE, signal.SIG_DFL); threads = {threads}; {PIPES[pipe]}"
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + script, str(fifo)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        with open(fifo, "wb") if "fifo" in script else process.stdin as writer:
            writer.write(large.read_bytes())
        process.stdin.close()
        output = process.stdout.read()
    assert (process.returncode, output) == (0, b"3000\n")


@pytest.mark.parametrize("source", ["bytes", "a file", "a path"])
def test_a_drop_in_that_a_signal_interrupts_knows_where_it_stands(source, large):
    """Its records are taken in C, so a handler can only run inside the reader."""
    ends = [0, *itertools.accumulate(len(record.raw) for record in Reader(large))]

    class Interrupted(Exception):
        pass

    def handler(*_):
        if armed:
            raise Interrupted

    armed, interruptions = False, 0
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for _ in range(200):
            with open(large, "rb") as file:
                reader = MARCReader(
                    {"bytes": file.read, "a path": lambda: large}.get(source, lambda: file)()
                )
                got, is_over = collections.deque(), False
                while not is_over:
                    try:
                        armed = True
                        got.extend(reader)
                        armed, is_over = False, True
                    except Interrupted:
                        armed = False
                        interruptions += 0 < len(got) < 3000
                    assert reader.position == ends[len(got)]
                assert len(got) == 3000
            if interruptions >= 10:
                return
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    pytest.skip(f"the machine is too fast: {interruptions} interruptions")
