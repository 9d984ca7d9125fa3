"""What a program can see of pymarc or of a package that says it is the same.

Everything is turned into plain values, so that what two packages let see can be compared.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import pickle
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

#: Properties of records that are text, and those that are fields.
TEXTS = ["title", "issn_title", "isbn", "issn", "issnl", "sudoc", "author"]
TEXTS += ["uniformtitle", "publisher", "pubyear"]
LISTS = ["series", "subjects", "addedentries", "location", "notes", "physicaldescription"]

Seen = tuple[Any, ...]


def attempt(look: Callable[[], Any]) -> Any:
    """What comes of it: a value, or the exception's class and text."""
    try:
        return look()
    except Exception as error:
        return exception(error)


def exception(error: BaseException | None) -> Seen:
    """An exception as plain values."""
    if error is None:
        return ("no exception",)
    return ("exception", type(error).__name__, str(error))


def field(one: Any) -> Iterator[Seen]:
    """Everything that a field shows."""
    yield "tag", one.tag
    yield "str", attempt(lambda: str(one))
    yield "value", attempt(one.value)
    yield "format_field", attempt(one.format_field)
    yield "data", one.data
    yield "control", one.control_field, one.is_control_field(), one.is_subject_field()
    yield "indicators", attempt(lambda: one.indicators and tuple(one.indicators))
    yield "indicator1", one.indicator1, one.indicator2
    yield "subfields", [tuple(subfield) for subfield in one.subfields]
    yield "iteration", [tuple(subfield) for subfield in one]
    yield "dict", one.subfields_as_dict()
    yield "get", [one.get(code) for code in "abcz06"], one.get("?", 5)
    yield "in", ["a" in one, "z" in one]
    yield "item", attempt(lambda: one["a"])
    yield "get_subfields", one.get_subfields("a"), one.get_subfields("c", "a", "z")
    yield "linkage", attempt(one.linkage_occurrence_num)
    yield "marc", attempt(lambda: one.as_marc("utf-8")), attempt(lambda: one.as_marc("iso8859-1"))


def record(one: Any, package: ModuleType, deep: bool = True) -> Iterator[Seen]:
    """Everything that a record shows; if not `deep`, what is cheap and shows most."""
    yield "leader", str(one.leader), type(one.leader).__name__
    yield "str", attempt(lambda: str(one))
    yield "dict", attempt(one.as_dict)
    for name in TEXTS:
        yield name, attempt(lambda name=name: getattr(one, name))
    for name in LISTS:
        yield name, [attempt(lambda f=f: str(f)) for f in getattr(one, name)]
    yield "json", attempt(one.as_json)
    yield "options", one.to_unicode, one.force_utf8, one.pos
    yield "xml", attempt(lambda: package.record_to_xml(one))
    if deep:
        yield "json, indented", attempt(lambda: one.as_json(indent=2, ensure_ascii=False))
        yield "xml, quiet", attempt(lambda: package.record_to_xml(one, quiet=True, namespace=True))
        yield "tags", [f.tag for f in one], [f.tag for f in one.fields]
        yield "in", "245" in one, "999" in one, attempt(lambda: one["245"].tag)
        yield "found", [str(f.tag) for f in one.get_fields("245", "650", "001")]
        yield (
            "linked",
            [
                attempt(lambda f=f: [str(g.tag) for g in one.get_linked_fields(f)])
                for f in one.fields
            ],
        )
        for number, part in enumerate(one.get_fields()):
            for seen in field(part):
                yield number, *seen
        yield "copy", attempt(lambda: copy.deepcopy(one).as_marc())
        yield "pickle", attempt(lambda: pickle.loads(pickle.dumps(one)).as_marc())
    yield "marc", attempt(one.as_marc)
    yield "leader, written", str(one.leader)


class Emissions(contextlib.ExitStack):
    """Catches log lines, warnings and what is written to stderr, as they come."""

    def __enter__(self) -> Emissions:
        """Begin with nothing caught."""
        super().__enter__()
        self._seen: list[Seen] = []
        self._stderr = self.enter_context(contextlib.redirect_stderr(io.StringIO()))
        self.enter_context(warnings.catch_warnings())
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, category, *_: self._seen.append(
            ("warning", category.__name__, str(message))
        )
        handler = logging.Handler()
        handler.emit = lambda line: self._seen.append(  # type: ignore[method-assign]
            ("log", line.name, line.levelname, line.getMessage())
        )
        logger = logging.getLogger("pymarc")
        logger.addHandler(handler)
        self.callback(logger.removeHandler, handler)
        self.callback(setattr, logger, "propagate", logger.propagate)
        logger.propagate = False
        return self

    def take(self) -> list[Seen]:
        """What came since the last call."""
        text = self._stderr.getvalue()
        self._stderr.seek(0)
        self._stderr.truncate()
        seen, self._seen = self._seen, []
        return seen + ([("stderr", text)] if text else [])


def reading(
    package: ModuleType, source: Any, deep: bool = True, **options: Any
) -> Iterator[list[Seen]]:
    """What a `MARCReader` shows, a list for each step. Ends after a few refusals to go on."""
    reader = package.MARCReader(source, **options)
    for refusals in range(5):
        while True:
            with Emissions() as emissions:
                seen, outcome = step(package, reader, emissions, deep)
            yield seen
            if outcome == "end":
                return
            if outcome == "refused":
                break
        del refusals


def step(
    package: ModuleType, reader: Any, emissions: Emissions, deep: bool
) -> tuple[list[Seen], str]:
    """What one `next()` shows, and what came of it."""
    outcome, one = "record", None
    try:
        one = next(reader)
    except StopIteration:
        outcome = "end"
    except Exception as error:
        outcome = "refused"
        seen = [exception(error), ("chunk", reader.current_chunk)]
        return seen + emissions.take(), outcome
    seen = [
        (outcome, one is None),
        ("chunk", reader.current_chunk),
        exception(reader.current_exception),
        *emissions.take(),
    ]
    if one is not None:
        seen += record(one, package, deep)
    return seen + emissions.take(), outcome
