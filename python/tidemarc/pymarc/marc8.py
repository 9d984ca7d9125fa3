"""MARC-8 to Unicode, with pymarc's results."""

import sys as sys
import unicodedata as unicodedata
from typing import Any

from .._tidemarc import _marc8_translate
from . import marc8_mapping as marc8_mapping


def marc8_to_unicode(marc8: Any, hide_utf8_warnings: bool = False) -> str:
    """Decodes a string of MARC-8."""
    converter = MARC8ToUnicode(quiet=hide_utf8_warnings)
    try:
        return converter.translate(marc8)
    except (IndexError, TypeError) as error:
        reason = "invalid multibyte character encoding"
        raise UnicodeDecodeError("marc8_to_unicode", marc8, 0, len(marc8), reason) from error


class MARC8ToUnicode:
    """A decoder of MARC-8 that keeps the designated sets from one call to the next."""

    basic_latin = 0x42
    ansel = 0x45

    def __init__(self, G0: int = basic_latin, G1: int = ansel, quiet: bool = False) -> None:
        """Begins with these sets; ``quiet`` suppresses reports of unknown codes."""
        self.g0 = G0
        self.g0_set = {b"(", b",", b"$"}
        self.g1 = G1
        self.g1_set = {b")", b"-", b"$"}
        self.quiet = quiet

    def translate(self, marc8_string: Any) -> str:
        """Decodes bytes."""
        if not marc8_string or not len(marc8_string):
            return ""
        text, self.g0, self.g1, cut = _marc8_translate(
            marc8_string, self.g0, self.g1, bool(self.quiet)
        )
        if cut:
            raise TypeError("ord() expected a character, but string of length 0 found")
        return text
