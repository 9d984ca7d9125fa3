"""What a file has: every record read, repaired where that can be, decoded; all faults counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ._tidemarc import Fault, Reader, Stats


class Found(NamedTuple):
    """How often (`times`) there was a fault of one kind and severity, and the `first` of them."""

    times: int
    first: Fault


#: The severities, from the least to the worst.
_SEVERITIES = ("information", "repaired", "lost_field", "lost_record", "fatal")


class Summary:
    """What `check` found: `stats`, `faults`, `sound`. ``str(summary)`` says it in a few lines."""

    def __init__(self, stats: Stats, text: str, faults: Iterable[Found]) -> None:
        self._stats = stats
        self._faults = tuple(faults)
        self._text = text

    @property
    def stats(self) -> Stats:
        """Counts of records, faults, padding and bytes."""
        return self._stats

    @property
    def faults(self) -> tuple[Found, ...]:
        """What was found, the worst first: a `Found` for each kind and severity."""
        return self._faults

    @property
    def sound(self) -> bool:
        """Whether every byte is in a sound record or in padding, and all text decodes.

        What is only unusual is sound.
        """
        bad = any(found.first.severity != "information" for found in self.faults)
        return self.stats.complete and not bad

    def __str__(self) -> str:
        lines = [self._text]
        for times, first in self.faults:
            lines.append(f"  {first.code} {first.severity} {times} × {first.kind}, first: {first}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<tidemarc.Summary: {self._text}>"


def check(source: Any, **options: Any) -> Summary:
    """Read a source to its end, repair what can be, decode all text, and say what was found.

    `options` are those of `Reader`, but for `errors` and `repair`. Of each kind and severity of
    fault it has the number and the first. ``Reader(source, errors="yield", repair=True)`` has all
    but those of text: each `Fault` that it gives, and `record.faults` of each record.

    An empty input is sound, and has no records.
    """
    for name in ("errors", "repair"):
        if name in options:
            raise TypeError(
                f"check() takes no {name!r}: it repairs what it can and tells all there is"
            )
    counts: dict[tuple[int, str], int] = {}
    firsts: dict[tuple[int, str], Fault] = {}
    with Reader(source, errors="yield", repair=True, **options) as reader:
        for item in reader:
            faults = [item] if isinstance(item, Fault) else item.faults + item._undecodable()
            for fault in faults:
                key = (_SEVERITIES.index(fault.severity), fault.kind)
                counts[key] = counts.get(key, 0) + 1
                firsts.setdefault(key, fault)
        text = reader.summary().partition("\n")[0]
        stats = reader.stats
        passed_over = reader._passed_over()
    if passed_over is not None:
        key = (_SEVERITIES.index(passed_over.severity), passed_over.kind)
        counts[key] = counts.get(key, 0) + stats.kinds[passed_over.kind]
        firsts.setdefault(key, passed_over)
    found = (Found(counts[key], firsts[key]) for key in sorted(counts, reverse=True))
    return Summary(stats, text, found)
