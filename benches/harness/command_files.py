"""The files that only the jobs of the command read."""

import random
import shlex
from bisect import bisect_left
from collections.abc import Iterator, Set
from pathlib import Path

from harness.command_plan import EDITS
from harness.commands import SetupError, call
from harness.framing import control_number, record_starts

IDS = 1_000_000
"""Number of control numbers in the list."""

_SEED = 16
_TO_LINES = bytes.maketrans(b"\n\x1d", b" \n")

Files = dict[str, tuple[Path, int]]
"""For each kind of file: its path, and the number of its records."""


def make(
    data: Path, corpus: Path, program: Path | None, wanted: Set[str], sort_bytes: int
) -> Files:
    """Writes those of the files that are wanted. `program` is the command `tidemarc`."""
    files: Files = {}
    if not wanted & {"ids", "edited", "long", "lines"}:
        return files
    octets = corpus.read_bytes()
    starts = record_starts(octets)
    if "ids" in wanted:
        files["ids"] = (_ids(data / "ids.txt", octets, starts), IDS)
    if "long" in wanted:
        files["long"] = _long(data / "long.mrc", octets, starts, sort_bytes)
    if "lines" in wanted:
        lines = octets.translate(_TO_LINES)
        files["lines"] = _long(data / "long.lines", lines, starts, sort_bytes)
    if "edited" in wanted and program:
        path = data / "edited.mrc"
        if fault := call(program, "edit", *shlex.split(EDITS), corpus, "-o", path):
            raise SetupError(f"the edited copy could not be made: {fault}")
        files["edited"] = (path, len(starts) - 1)
    return files


def _ids(path: Path, octets: bytes, starts: list[int]) -> Path:
    """Writes the control numbers of every second record among others, in random order."""
    ids = [control_number(octets, start) for start in starts[:-1:2]]
    ids += (f"absent{n:06}" for n in range(IDS - len(ids)))
    random.Random(_SEED).shuffle(ids)
    path.write_text("".join(f"{one}\n" for one in ids))
    return path


def _long(path: Path, octets: bytes, starts: list[int], size: int) -> tuple[Path, int]:
    """Writes the corpus over and over, until there are `size` bytes; the last record is whole."""
    times, rest = divmod(size, len(octets))
    more = bisect_left(starts, rest)
    records = times * (len(starts) - 1) + more
    expected = times * len(octets) + starts[more]
    if not path.exists() or path.stat().st_size != expected:
        with path.open("wb") as out:
            for part in _parts(octets, times, starts[more]):
                out.write(part)
    return path, records


def _parts(octets: bytes, times: int, rest: int) -> Iterator[bytes | memoryview]:
    yield from (octets for _ in range(times))
    yield memoryview(octets)[:rest]
