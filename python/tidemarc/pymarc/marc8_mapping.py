"""pymarc's tables of MARC-8, in its form: code to (code point, 1 for a combining mark).

They are made from tidemarc's own tables on first access, since few programs use them.
"""

from typing import Any

from .._tidemarc import _marc8_codeset, _marc8_odd_map

#: The sets, by their final byte.
_SETS = (0x34, 0x45, 0x33, 0x32, 0x31, 0x70, 0x51, 0x53, 0x42, 0x62, 0x67, 0x4E)


def __getattr__(name: str) -> Any:
    made: Any
    if name == "CODESETS":
        made = {final: _set(final) for final in _SETS}
    elif name == "ODD_MAP":
        made = _marc8_odd_map()
    elif name.startswith("CHARSET_") and name[8:] in (f"{final:X}" for final in _SETS):
        return _set(int(name[8:], 16))
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = made
    return made


def _set(final: int) -> dict[int, tuple[int, int]]:
    """Returns a set, always as the same dict."""
    name = f"CHARSET_{final:X}"
    if name not in globals():
        globals()[name] = _marc8_codeset(final)
    made: dict[int, tuple[int, int]] = globals()[name]
    return made


def __dir__() -> list[str]:
    return ["CODESETS", "ODD_MAP", *(f"CHARSET_{final:X}" for final in _SETS)]
