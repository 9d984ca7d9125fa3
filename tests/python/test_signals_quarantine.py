"""Signals while a quarantine waits."""

from __future__ import annotations

import pytest
from shared.scripts import SOON


def test_a_quarantine_that_waits_for_a_reader_of_its_fifo_answers_signals(script, fifo):
    process = script(
        """
        # The report is a file beside it; and the other way round.
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
        # The other threads went on meanwhile.
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
