"""Ctrl-C, and other signals, during a read."""

from __future__ import annotations

import collections
import itertools
import signal

import pytest
from shared.scripts import SOON
from tidemarc import Reader
from tidemarc.pymarc import MARCReader

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
                # Later than the reader needs to begin its wait, and often.
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


@pytest.mark.parametrize("source", ["bytes", "a file", "a path"])
def test_a_drop_in_that_a_signal_interrupts_knows_where_it_stands(source, large):
    """What it delivered is taken in C, so the only place where a handler can run is in the reader."""
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
