"""The check of an input: reads, repairs and decodes all records, and counts all faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ._tidemarc import Fault, Reader, Stats


class Found(NamedTuple):
    """The number (`times`) of faults of one kind and severity, and the `first` of them."""

    times: int
    first: Fault


#: The severities, from the mildest to the worst.
_SEVERITIES = ("information", "repaired", "lost_field", "lost_record", "fatal")


class Summary:
    """The result of `check`: `stats`, `faults`, `sound`. ``str(summary)`` is a report of a few
    lines.
    """

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
        """The faults, the worst first: a `Found` for each kind and severity."""
        return self._faults

    @property
    def sound(self) -> bool:
        """True if every byte is in a sound record or in padding, and all text can be decoded.

        Unusual data does not make an input unsound.
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
    """Reads a source to its end, repairs records, decodes all text, and returns a summary.

    `options` are those of `Reader`, except `errors` and `repair`. The summary has the number of
    faults of each kind and severity, and the first of them. For every single fault, use
    ``Reader(source, errors="yield", repair=True)``: it returns each bad span as a `Fault`, and
    `record.faults` has those of a record. Only faults of text are missing there.

    An empty input is sound, and has no records.
    """
    for name in ("errors", "repair"):
        if name in options:
            raise TypeError(
                f"check() takes no {name!r}: it always repairs, and reports every fault"
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
