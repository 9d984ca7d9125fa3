"""A plain count of the statistics of a file, from the records of a reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import tidemarc

SAMPLES = 10
LONGEST = 200
CLASSES = 10


def _histogram(counts: Iterable[int]) -> list[int]:
    classes = [0] * CLASSES
    for count in counts:
        classes[min(count, CLASSES) - 1] += 1
    return classes


def _add_sample(samples: list[str], value: str) -> None:
    if len(value) > LONGEST:
        value = value[:LONGEST] + "…"
    if value not in samples and len(samples) < SAMPLES:
        samples.append(value)


class _Counted:
    """Something that occurs in records, and may occur several times in a whole."""

    def __init__(self) -> None:
        self.occurrences = 0
        self.records: set[int] = set()
        self.wholes: Counter[int] = Counter()
        self.samples: list[str] = []

    def add(self, record: int, whole: int) -> None:
        self.occurrences += 1
        self.records.add(record)
        self.wholes[whole] += 1

    def as_dict(self) -> dict[str, Any]:
        return {
            "occurrences": self.occurrences,
            "records": len(self.records),
            "repeats": _histogram(self.wholes.values()),
            "samples": self.samples,
        }


class _Tag(_Counted):
    def __init__(self) -> None:
        super().__init__()
        self.indicators: list[dict[str, _Counted]] = [defaultdict(_Counted) for _ in range(2)]
        self.subfields: dict[str, _Counted] = defaultdict(_Counted)


def _values(values: list[str | None]) -> dict[str, Any]:
    counts = Counter(value for value in values if value is not None)
    return {"values": dict(counts), "others": 0, "missing": values.count(None)}


def plain_statistics(source: Any, **options: Any) -> dict[str, Any]:
    """Returns the members of `Statistics.as_dict()` that a plain count gives."""
    reader = tidemarc.Reader(
        source, errors="skip", repair=True, encoding_errors="backslashreplace", **options
    )
    tags: dict[str, _Tag] = defaultdict(_Tag)
    facets: dict[str, list[str | None]] = {
        name: [] for name in ["record_types", "levels", "encodings", "languages", "years"]
    }
    fields = subfields = 0
    for number, record in enumerate(reader):
        leader = str(record.leader)
        facets["record_types"].append(leader[6])
        facets["levels"].append(leader[7])
        facets["encodings"].append(record.encoding)
        fixed = next((one.data for one in record.get_fields("008")), "")
        facets["languages"].append(fixed[35:38] if len(fixed) >= 38 else None)
        facets["years"].append(fixed[7:11] if len(fixed) >= 11 else None)
        # A field that is data without indicators and subfields is a text here.
        shapes = [shape for one in record.as_dict()["fields"] for shape in one.values()]
        for field, shape in zip(record.fields, shapes, strict=True):
            fields += 1
            tag = tags[field.tag]
            tag.add(number, number)
            if isinstance(shape, str):
                _add_sample(tag.samples, shape)
                continue
            for at, indicator in enumerate(field.indicators):
                tag.indicators[at][indicator].add(number, fields)
            for code, value in field.subfields:
                subfields += 1
                subfield = tag.subfields[code]
                subfield.add(number, fields)
                _add_sample(subfield.samples, value)

    def indicators(of: dict[str, _Counted]) -> list[dict[str, Any]]:
        return [
            {"value": value, "occurrences": one.occurrences, "records": len(one.records)}
            for value, one in sorted(of.items())
        ]

    return {
        "records": reader.stats.records,
        "bytes": reader.stats.bytes_read,
        "repaired": reader.stats.repaired,
        "incomplete": reader.stats.incomplete,
        "bad_spans": reader.stats.faults,
        "fields": fields,
        "subfields": subfields,
        **{name: _values(values) for name, values in facets.items()},
        "tags": [
            {
                "tag": name,
                **tag.as_dict(),
                "indicator1": indicators(tag.indicators[0]),
                "indicator2": indicators(tag.indicators[1]),
                "subfields": [
                    {"code": code, **subfield.as_dict()}
                    for code, subfield in sorted(tag.subfields.items())
                ],
            }
            for name, tag in sorted(tags.items())
        ],
    }
