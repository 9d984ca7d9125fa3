"""Runs of scans, and signals, forks and the end of the interpreter."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "call",
    [
        "list(tidemarc.scan(fifo, ['001'])._core)",
        "tidemarc.scan(fifo, ['001']).to_csv(os.devnull)",
        "tidemarc.scan(fifo, ['001']).to_arrow()",
        "tidemarc.scan(fifo, ['001']).to_polars()",
        "tidemarc.scan(io.FileIO(fifo), ['001']).to_arrow()",
    ],
)
def test_ctrl_c_ends_a_wait_for_the_source(script, fifo, call, pyarrow, polars):
    if "FileIO" in call:
        call = call.replace("io.FileIO(fifo)", "os.open(fifo, os.O_RDWR)")
    started = script(
        f"""
        import pyarrow, polars
        interrupted(lambda: {call})
        """,
        fifo,
    )
    assert started.interrupt() < 5
    started.end()


def test_ctrl_c_ends_a_run_that_another_library_drives(script, fifo, pyarrow):
    started = script(
        """
        import pyarrow
        def read():
            try:
                pyarrow.table(tidemarc.scan(fifo, ["001"]))
            except pyarrow.ArrowInvalid:
                # The library raises its own exception. Python's follows at once.
                time.sleep(10)
        interrupted(read)
        """,
        fifo,
    )
    assert started.interrupt() < 5
    started.end()


def test_a_child_reads_the_scan_anew_and_not_the_run_of_its_parent(process, large):
    output = process.run(
        """
import os, sys, warnings
import tidemarc
warnings.simplefilter("ignore", DeprecationWarning)
each = tidemarc.scan(sys.argv[1], ["001"], threads=4, chunk_size=4096)
rows = iter(each._core)
capsule = each.__arrow_c_stream__()
child = os.fork()
if child == 0:
    try:
        next(rows)
    except RuntimeError as error:
        assert "before a fork" in str(error)
        del rows, capsule
        assert sum(map(len, each._core)) == 3000
        os._exit(7)
    os._exit(8)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(sum(map(len, rows)))
""",
        large,
    )
    assert output == "3000\n"


def test_streams_that_are_open_at_the_end_of_the_program_do_no_harm(process, large, pyarrow):
    script = """
import sys
import pyarrow, tidemarc
each = tidemarc.scan(sys.argv[1], ["001"], threads=4, chunk_size=4096)
reader = pyarrow.RecordBatchReader.from_stream(each)
rows = iter(each._core)
capsule = each.__arrow_c_stream__()
ring = [each, reader, rows, capsule]
ring.append(ring)
print("end")
"""
    assert process.run(script, large) == "end\n"


def test_another_process_reads_a_pickled_scan(process, books):
    script = """
import concurrent.futures, multiprocessing, sys
import tidemarc
if __name__ == "__main__":
    scan = tidemarc.scan(sys.argv[1], {"t": tidemarc.Column("245$a", repeat="first")})
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        print(pool.submit(repr, scan).result() == repr(scan))
"""
    assert process.run(script, books) == "True\n"
