"""Signals during a long search, and during a conversion."""

from __future__ import annotations

import pytest
from shared.scripts import SOON

#: Input that goes on and on, and never gives a record or the end.
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


#: Text that goes on and on, and never gives a record.
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
