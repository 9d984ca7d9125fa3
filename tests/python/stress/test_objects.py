"""Records, fields and leaders under random use: the only failure allowed is an exception.

`TIDEMARC_STRESS=N` runs N times as many rounds, each with its own seed, which a failure reports.
"""

from __future__ import annotations

import copy
import gc
import io
import itertools
import logging
import os
import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tidemarc
from tidemarc import Field, Indicators, Leader, Record, Subfield
from tidemarc.pymarc import MARCReader, RawField

ROUNDS = int(os.environ.get("TIDEMARC_STRESS", "1"))
SEEDS = range(4 * ROUNDS)


class FreeRecord(Record):
    """A record with attributes."""


class SlottedField(Field):
    """A field with slots of its own."""

    __slots__ = ("note",)


class Text(str):
    """Text of a subclass."""

    __slots__ = ()


class Refusing:
    """An object whose every method raises."""

    def _refuse(self, *_: object) -> Any:
        raise LookupError("refused")

    __str__ = __repr__ = __len__ = __iter__ = __getitem__ = __bool__ = __eq__ = _refuse
    __hash__ = _refuse  # type: ignore[assignment]


PLAIN: list[Any] = [
    None,
    True,
    0,
    -1,
    24,
    2**70,
    1.5,
    "",
    "a",
    "9",
    "245",
    "001",
    "880-01/$1",
    "\ud800",
    "\x1e\x1f\x1d",
    "é" * 24,
    Text("ab"),
    b"",
    b"x" * 24,
    b"00026     2200025   4500\x1e\x1d",
    (),
    ("a", "x"),
    [],
    ["a", "x"],
    {},
    slice(None),
    slice(1, 3),
    Refusing(),
    object(),
]

#: Methods that are not called: they belong to the class, or do the same to any object.
OMITTED = {"__class__", "__new__", "__init_subclass__", "__subclasshook__", "__dir__", "__doc__"}


def graph(rng: random.Random, data: bytes) -> list[Any]:
    """Makes a few objects of every class, read and made."""
    native: Any = next(tidemarc.Reader(data))
    dropin: Any = next(MARCReader(io.BytesIO(data)))
    fields = [native["245"], native["001"], dropin["245"], dropin["001"]]
    made = [
        Record(),
        FreeRecord(leader="0" * 24),
        Field("245", Indicators("1", "0"), [Subfield("a", "x"), Subfield("6", "880-01")]),
        SlottedField("001", data="x"),
        RawField("245", [b"1", b"0"], [Subfield("a", b"x")]),  # type: ignore[list-item, arg-type]
        Leader("0" * 24),
        native.leader,
    ]
    objects = [native, dropin, *rng.sample(fields, 2), *made]
    return rng.sample(objects, 7)


def thing(rng: random.Random, objects: list[Any]) -> Any:
    """Picks an argument: an object of ours, a plain object, or a few of both."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(objects)
    if kind < 0.8:
        return rng.choice(PLAIN)
    first, second = (rng.choice([*objects, *PLAIN]) for _ in range(2))
    return rng.choice([[first], (first, second), Subfield(first, second), [Subfield("a", first)]])


def attempt(function: Callable[..., object], *arguments: object) -> None:
    """Calls a function. An exception is allowed, unless it reports a defect."""
    try:
        function(*arguments)
    except SystemError:
        raise
    except Exception:
        pass


USES: list[Callable[[Any], object]] = [
    str,
    repr,
    hash,
    bool,
    copy.copy,
    copy.deepcopy,
    lambda it: pickle.loads(pickle.dumps(it)),
    lambda it: list(itertools.islice(it, 20)),
    lambda it: it.as_marc(),
    lambda it: it.as_marc("utf-8"),
    lambda it: it.as_dict(),
    lambda it: it.as_json(),
    lambda it: it.value(),
    lambda it: it.title,
    lambda it: it.publisher,
    lambda it: it["a"],
    lambda it: it[9],
    lambda it: it == copy.copy(it),
    lambda it: tidemarc.Writer(io.BytesIO()).write(it),
    lambda it: tidemarc.Writer(io.BytesIO(), "marcxml").write(it),
]


def step(rng: random.Random, objects: list[Any]) -> None:
    """Does one thing to one object."""
    it = rng.choice(objects)
    names = [name for name in dir(type(it)) if name not in OMITTED]
    kind = rng.random()
    if kind < 0.35:
        attempt(setattr, it, rng.choice(names), thing(rng, objects))
    elif kind < 0.75:
        arguments = [thing(rng, objects) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        attempt(lambda: getattr(it, rng.choice(names))(*arguments))
    else:
        attempt(rng.choice(USES), it)


def is_well() -> None:
    """Checks that no counter is left above 0, and that sound objects still work."""
    leader: Any = Leader("0" * 24)
    for _ in range(150):
        outer: Any = Leader(" " * 24)
        outer.leader = leader
        leader = outer
    assert leader[5] == "0"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Silences the log, whose messages do not matter here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_call_with_any_object_ends_well(seed, books):
    rng = random.Random(seed)
    data = books.read_bytes()
    for _ in range(40):
        objects = graph(rng, data)
        for _ in range(25):
            step(rng, objects)
        for it in objects:
            for use in USES:
                attempt(use, it)
        del objects, it
    gc.collect()
    is_well()


class Unpickler(pickle._Unpickler):  # type: ignore[name-defined, misc]
    """An unpickler that finds only the names that our pickles may contain."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "tidemarc" or module == __name__:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(name)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Changes, removes or repeats a few bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(changed))
        kind = rng.random()
        if kind < 0.6:
            changed[at] = rng.randrange(256)
        elif kind < 0.8:
            del changed[at : at + rng.randrange(1, 9)]
        else:
            changed[at:at] = changed[at : at + rng.randrange(1, 9)]
        if not changed:
            return b"."
    return bytes(changed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_pickle_ends_well(seed, books):
    rng = random.Random(seed)
    data = books.read_bytes()
    for _ in range(60):
        it = rng.choice(graph(rng, data))
        for _ in range(5):
            attempt(setattr, it, rng.choice(["tag", "data", "leader", "subfields", "note"]), "x")
        try:
            pickled = pickle.dumps(it, rng.randrange(pickle.HIGHEST_PROTOCOL + 1))
        except (TypeError, pickle.PicklingError):
            continue
        for _ in range(5):
            try:
                made = Unpickler(io.BytesIO(mutated(rng, pickled))).load()
            except SystemError:
                raise
            except Exception:
                continue
            for use in USES:
                attempt(use, made)
    is_well()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_graph_of_objects_ends(seed, books):
    rng = random.Random(seed)
    names = {
        Record: ["leader", "fields", "pos"],
        Field: ["tag", "data", "subfields"],
        Leader: ["leader"],
    }
    for _ in range(30):
        objects: list[Any] = [
            rng.choice([Record, lambda: Field("245"), lambda: Leader(" " * 24)])()
            for _ in range(400)
        ]
        for it in objects:
            name = rng.choice(names[type(it)])
            other = rng.choice(objects)
            setattr(it, name, rng.choice([other, other, [other], Subfield("a", other)]))
        chain: Any = rng.choice(objects)
        for _ in range(rng.choice([1, 1, 2_000])):
            link: Any = Field("001", data=chain)
            chain = link
        for it in rng.sample(objects, 5):
            for use in rng.sample(USES, 4):
                attempt(use, it)
        del objects, it, chain, link, other
    gc.collect()
    is_well()
