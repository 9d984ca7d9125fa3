"""Measure how much memory a stream takes at most, against the limit on record length.

    python benches/memory_limits.py [--limits 1,16,64] [--only WORD] [--hold]

Each row is one input, read to its end in a process of its own. The table gives the peak above what
the process held before it opened the input, divided by the limit: at most 2.2, and 8 MiB on top of
it for all that does not depend on the limit.

The loop lets go of each item before it takes the next, so the figures are those of the stream. With
`--hold` it keeps the last item while the next one is read, as `for record in reader` does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

MIB = 1 << 20
ALLOWED, FIXED = 2.2, 8 * MIB
LEADER = b"00000nam a2200000   4500"
QUARANTINE = ".bad"
Pieces = Iterator[bytes]


def filled(head: bytes, tail: bytes, length: int, filler: bytes = b"x") -> Pieces:
    """Give `length` bytes between this head and tail, a piece at a time."""
    yield head
    left = length - len(head) - len(tail)
    piece = filler * (64 * 1024 // len(filler))
    while left > len(piece):
        yield piece
        left -= len(piece)
    yield filler * (left // len(filler)) + b"x" * (left % len(filler))
    yield tail


def iso2709(length: int) -> Pieces:
    """Give one record of ISO 2709, of as many digits as its length takes."""
    head = b"%05dnam a2200037   4500245999900000\x1e10\x1fa" % length
    return filled(head, b"\x1e\x1d", length)


def xml(length: int, filler: bytes = b"x") -> Pieces:
    """Give one record of MARCXML."""
    head = b'<collection><record><leader>%s</leader><datafield tag="245" ind1=" " ind2=" ">'
    head = head % LEADER + b'<subfield code="a">'
    return filled(head, b"</subfield></datafield></record></collection>", length, filler)


def json(length: int, filler: bytes = b"x") -> Pieces:
    """Give one record of MARC-in-JSON."""
    head = b'[{"leader":"%s","fields":[{"245":{"ind1":" ","ind2":" ","subfields":[{"a":"' % LEADER
    return filled(head, b'"}]}}]}]', length, filler)


def lines(length: int) -> Pieces:
    """Give one record as one line of JSON Lines."""
    head = b'{"leader":"%s","fields":[{"245":{"ind1":" ","ind2":" ","subfields":[{"a":"' % LEADER
    return filled(head, b'"}]}}]}\n', length)


def marcmaker(length: int, filler: bytes = b"x") -> Pieces:
    """Give one record of MARCMaker text."""
    return filled(b"=LDR  %s\n=245  10$a" % LEADER, b"\n", length, filler)


def line(length: int) -> Pieces:
    """Give one record of the line format."""
    return filled(b"%s\n245 10 $a " % LEADER, b"\n", length)


def short_lines(line: bytes, length: int) -> Pieces:
    """Give one record of MARCMaker text or of the line format, with many fields."""
    head = b"=LDR  %s\n" % LEADER if line.startswith(b"=") else LEADER + b"\n"
    return filled(head, b"", len(head) + (length - len(head)) // len(line) * len(line), line)


def wide(length: int) -> Pieces:
    """Give one record of MARCXML in UTF-16."""
    yield b"\xff\xfe"
    for piece in xml(length):
        yield piece.decode("ascii").encode("utf-16-le")


def times(count: int, make: Callable[[int], Pieces]) -> Callable[[int], Pieces]:
    """Give the same input again and again."""

    def pieces(length: int) -> Pieces:
        for _ in range(count):
            yield from make(length)

    return pieces


def junk(piece: bytes) -> Callable[[int], Pieces]:
    """Give four times the limit of what ends nothing."""
    return lambda length: filled(b"", b"", 4 * length, piece)


def dense(piece: bytes) -> Callable[[int], Pieces]:
    """Give a few megabytes of faults that are short, whatever the limit."""
    return lambda _: filled(b"", b"", 4 * MIB, piece)


INPUTS: dict[str, tuple[str | None, Callable[[int], Pieces]]] = {
    "ISO 2709, a record": (None, iso2709),
    "ISO 2709, records": (None, times(4, iso2709)),
    "ISO 2709, junk": ("iso2709", junk(b"j")),
    "ISO 2709, blanks": ("iso2709", junk(b" ")),
    "ISO 2709, dense faults": ("iso2709", dense(b"\x1d")),
    "ISO 2709, short faults": ("iso2709", dense(b"j" * 30 + b"\x1d")),
    "MARCXML, a record": (None, xml),
    "MARCXML, a record of references": (None, lambda length: xml(length, b"xxxxxx&amp;")),
    "MARCXML, a record too long": (None, lambda length: xml(2 * length)),
    "MARCXML, junk": ("marcxml", junk(b"j")),
    "MARCXML, dense faults": ("marcxml", dense(b"</b>")),
    "MARCXML in UTF-16, a record": (None, wide),
    "MARCXML in UTF-16, a record too long": (None, lambda length: wide(2 * length)),
    "JSON, a record": (None, json),
    "JSON, a record of escapes": (None, lambda length: json(length, b"xxxxxx\\n")),
    "JSON, a record too long": (None, lambda length: json(2 * length)),
    "JSON, junk": ("json", junk(b"j")),
    "JSON, dense faults": ("json", dense(b"]")),
    "JSON Lines, a record": (None, lines),
    "JSON Lines, records": (None, times(4, lines)),
    "MARCMaker, a record": (None, marcmaker),
    "MARCMaker, a record of mnemonics": (None, lambda length: marcmaker(length, b"xxx{dollar}")),
    "MARCMaker, a record of short lines": (None, lambda length: short_lines(b"=001  a\n", length)),
    "MARCMaker, a record too long": (None, lambda length: marcmaker(2 * length)),
    "line, a record": (None, line),
    "line, a record of short lines": (None, lambda length: short_lines(b"001 a\n", length)),
    "line, a record too long": (None, lambda length: line(2 * length)),
}


def peak() -> int:
    """Give the largest resident size of this process so far, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def read(path: str, format: str, limit: int, threads: int, how: str, hold: bool) -> None:
    """Read a file to its end, and print what that took."""
    import tidemarc

    warm = Path(__file__).parents[1] / "tests" / "fixtures" / "books.mrc"
    for _ in tidemarc.Reader(str(warm), threads=threads or None):
        pass
    before = peak()
    options = {"max_record_length": limit, "threads": threads or None}
    if how == "quarantine":
        how, options["quarantine"] = "yield", path + QUARANTINE
    reader = tidemarc.Reader(path, format=format, errors=how, **options)
    count = 0
    while True:
        try:
            for item in reader:
                count += 1
                if not hold:
                    del item
            break
        except tidemarc.errors.TidemarcError:
            count += 1
    print(count, peak() - before)


def main() -> int:
    """Measure, and tell whether all is within the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", default="1,16,64", help="in MiB")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 0], help="0: the default")
    parser.add_argument("--errors", default="yield,strict,repair,quarantine")
    parser.add_argument("--only", default="", help="a word in the name of the input")
    parser.add_argument("--hold", action="store_true", help="keep the last item")
    parser.add_argument("--read", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        path, format, limit, threads, how = arguments.read
        read(path, format, int(limit), int(threads), how, arguments.hold)
        return 0
    failed = 0
    print("| input | limit, MiB | threads | faults | items | peak, MiB | peak / limit | within |")
    print("|---|---:|---:|---|---:|---:|---:|---|")
    for name, (format, pieces) in INPUTS.items():
        if arguments.only not in name:
            continue
        for limit in (int(float(limit) * MIB) for limit in arguments.limits.split(",")):
            with tempfile.NamedTemporaryFile() as file:
                for piece in pieces(limit):
                    file.write(piece)
                file.flush()
                for threads in arguments.threads:
                    for how in arguments.errors.split(","):
                        job = (file.name, format or "auto", limit, threads, how)
                        run = subprocess.run(
                            [sys.executable, __file__, "--read", *map(str, job)]
                            + ["--hold"] * arguments.hold,
                            capture_output=True,
                            text=True,
                            check=False,
                        )
                        for end in (QUARANTINE, QUARANTINE + ".jsonl"):
                            Path(file.name + end).unlink(missing_ok=True)
                        if run.returncode:
                            print(run.stderr, file=sys.stderr)
                            return 1
                        count, most = map(int, run.stdout.split())
                        is_within = most <= ALLOWED * limit + FIXED
                        failed += not is_within
                        print(
                            f"| {name} | {limit / MIB:g} | {threads or 'default'} | {how} "
                            f"| {count:,} | {most / MIB:.1f} | {most / limit:.2f} "
                            f"| {'yes' if is_within else '**no**'} |",
                            flush=True,
                        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
