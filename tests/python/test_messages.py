"""Messages quote names and values of other origin: these stay on their line, and send no commands
to a terminal.
"""

from __future__ import annotations

import json
import os

import pytest
import tidemarc

ODD = "a\x1b[31m\n\u202ecod\u2069\x85b.mrc"
ESCAPED = r"a\u001b[31m\u000a\u202ecod\u2069\u0085b.mrc"


@pytest.fixture
def odd(tmp_path):
    """Makes a damaged file with an odd name."""
    path = tmp_path / ODD
    path.write_bytes(b"junk\x1d")
    return path


def is_quiet(text: str) -> bool:
    """Returns true if a terminal shows a line unchanged."""
    return all(character.isprintable() for character in text)


def test_the_name_of_a_file_is_escaped_in_what_is_said_of_it(odd):
    reader = tidemarc.Reader(odd, format="iso2709", errors="yield")
    (fault,) = reader
    for text in (str(fault), repr(fault), reader.summary(), fault.detail()):
        assert ESCAPED in text
        assert all(map(is_quiet, text.split("\n")))
    # The value itself is unchanged.
    assert fault.source == os.fspath(odd)
    report = fault.to_json()
    assert is_quiet(report)
    assert json.loads(report)["source"] == os.fspath(odd)
    with pytest.raises(tidemarc.RecordError) as raised:
        next(tidemarc.Reader(odd, format="iso2709"))
    assert ESCAPED in str(raised.value)
    reader = tidemarc.Reader(odd, format="iso2709", errors="skip")
    with pytest.warns(tidemarc.errors.SkippedWarning) as warned:
        list(reader)
    assert is_quiet(str(warned[0].message))


def test_the_value_of_a_field_is_escaped_in_its_repr():
    text = 'x\x1b[2J\n\u202e"\\é'
    record = tidemarc.Record()
    record.add_field(tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", text)]))
    shown = repr(record["500"])
    assert is_quiet(shown)
    assert r"x\u001b[2J\u000a\u202e" in shown
    assert "é" in shown
    assert record["500"]["a"] == text
