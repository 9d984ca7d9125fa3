"""Braces in MARCMaker text that may be mnemonics, or text of programs that do not escape them."""

from __future__ import annotations

import io

import pytest
import tidemarc
from tidemarc import Reader

HEAD = "=LDR  00000nam {}2200000   4500\n=500  \\\\$a"


def read(text: str, coding: str = "a", **options: str) -> tuple[str, list[str]]:
    record = next(Reader((HEAD.format(coding) + text + "\n\n").encode(), **options))
    assert all(note.tag == "500" and not note.is_loss for note in record.conversion_notes)
    return record["500"]["a"], [note.kind for note in record.conversion_notes]


@pytest.mark.parametrize(
    ("text", "coding", "expected", "notes"),
    [
        ("{x}, {A} and {2}", "a", "x, A and 2", 3),
        ("{x}, {A} and {2}", " ", "x, A and 2", 3),
        ("{41}", " ", "A", 1),
        ("{alpha}{eacute}", "a", None, 1),
        ("caf{eacute}", " ", "caf\u00e9", 0),
        ("{dollar}5 {lcub}x{rcub} {bsol}{0A}{7F}", "a", "$5 {x} \\\n\x7f", 0),
        ("{zilch}{", "a", "{zilch}{", 0),
    ],
)
def test_a_note_reports_names_that_marcedit_would_not_write(text, coding, expected, notes):
    value, kinds = read(text, coding)
    assert expected in (None, value)
    assert kinds == ["mnemonic"] * notes
    value, kinds = read(text, coding, mnemonics="marcedit")
    assert kinds == []
    if notes and expected:
        assert value == text
    elif expected:
        assert value == expected


def test_names_count_in_indicators_and_control_fields_too():
    text = b"=LDR  00000nam a2200000   4500\n=001  {x}1\n=245  {1}{0}$at\n\n"
    record = next(Reader(text))
    assert record["001"].data == "x1"
    assert [note.field for note in record.conversion_notes] == [1, 2, 2]
    with pytest.raises(tidemarc.errors.RecordSyntaxError):
        next(Reader(text, mnemonics="marcedit"))


def test_convert_has_the_option():
    text = (HEAD.format("a") + "{x}\n\n").encode()
    for mnemonics, expected in (("all", b'"x"'), ("marcedit", b'"{x}"')):
        target = io.BytesIO()
        done = tidemarc.convert(text, target, to_format="json", mnemonics=mnemonics)
        assert expected in target.getvalue()
        assert done.notes == ({"mnemonic": 1} if mnemonics == "all" else {})
    with pytest.raises(ValueError, match="'all' or 'marcedit'"):
        Reader(text, mnemonics="some")
