"""Signals while a writer waits, and the end of a pipe that is written to."""

from __future__ import annotations

import subprocess
import sys

import pytest
from shared.scripts import HEAD, SOON


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
        # Python lets go of its handlers before it ends, and then an alarm would end it.
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
