"""pymarc's tables of MARC-8: code to (code point, 1 for a combining mark)."""

CHARSET_31: dict[int, tuple[int, int]]
"""EACC: Chinese, Japanese and Korean characters."""
CHARSET_32: dict[int, tuple[int, int]]
"""Basic Hebrew."""
CHARSET_33: dict[int, tuple[int, int]]
"""Basic Arabic."""
CHARSET_34: dict[int, tuple[int, int]]
"""Extended Arabic."""
CHARSET_42: dict[int, tuple[int, int]]
"""Basic Latin (ASCII)."""
CHARSET_45: dict[int, tuple[int, int]]
"""Extended Latin (ANSEL)."""
CHARSET_4E: dict[int, tuple[int, int]]
"""Basic Cyrillic."""
CHARSET_51: dict[int, tuple[int, int]]
"""Extended Cyrillic."""
CHARSET_53: dict[int, tuple[int, int]]
"""Basic Greek."""
CHARSET_62: dict[int, tuple[int, int]]
"""Subscripts."""
CHARSET_67: dict[int, tuple[int, int]]
"""Greek symbols."""
CHARSET_70: dict[int, tuple[int, int]]
"""Superscripts."""
CODESETS: dict[int, dict[int, tuple[int, int]]]
"""All sets, by their final byte."""
ODD_MAP: dict[int, int]
"""Codes that are in no set and that pymarc decodes nevertheless."""

def __dir__() -> list[str]: ...
