"""Fetching the records and building everything, all of it outside the repository."""

import hashlib
import os
import shutil
import sys
import tarfile
from collections.abc import Set
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from harness import builds, command_files
from harness.builds import PYMARC, ROOT, Build
from harness.commands import SetupError, call, say
from harness.framing import record_starts
from harness.plan import PACKED, SAMPLE_RECORDS, TEXT_FORMATS

BENCHES = ROOT / "benches"

CORPUS = "BooksAll.2016.part01.utf8"
MARC8_BYTES = 8_000_000
CORPUS_BYTES = 241_731_867
CORPUS_SHA256 = "dfdcdad30e0e0a82b0aec831c1a08b61c6199eb8ee0d71ff7953213f20eb0e47"

SYSTEM = ("env", "true", "yaz-marcdump")
"""Programs that are taken from the PATH. Any other is of a known version, or does not run."""


@dataclass
class Bench:
    """Everything that is ready to be measured, and notes on the rest."""

    data: Path
    current: Build
    before: Build | None
    """The build to compare with, if one was specified."""
    files: dict[str, tuple[Path, int]] = field(default_factory=dict)
    """For each kind of file: its path, and the number of its records."""
    notes: list[str] = field(default_factory=list)

    def program(self, build: Build, name: str) -> str | None:
        """Returns the path of a program: one of the build, of a peer, or of the system."""
        path = build.programs.get(name) or self.current.peers.get(name)
        if path is None and name in SYSTEM:
            return shutil.which(name)
        return str(path) if path else None

    def hide_paths(self, text: str) -> str:
        """Returns `text` without the directories of this machine."""
        for path, name in ((self.data, "CACHE"), (ROOT, "."), (Path.home(), "~")):
            text = text.replace(str(path), name)
        return text


def data_directory() -> Path:
    """Returns the folder of downloads and builds."""
    default = Path.home() / ".cache" / "tidemarc-bench"
    return Path(os.environ.get("TIDEMARC_BENCH_DATA") or default).expanduser().resolve()


def prepare(
    data: Path, needs: Set[str], files: Set[str], against: str | None, sort_bytes: int
) -> Bench:
    """Fetches and builds everything that is missing, of what the contenders need and read.

    `needs` has the kinds of job and the names of programs, `files` the kinds of file.
    """
    data.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONPATH", None)  # or a source tree may pass for the installed package
    corpus = fetch_corpus(data)
    if against:
        bench = Bench(data, *builds.pair(data, needs, against))
    else:
        bench = Bench(data, builds.with_peers(data, needs), None)
    _cut_files(bench, corpus)
    _collect_marc8(bench)
    for name in TEXT_FORMATS:
        for suffix, source in (("", "full"), ("-sample", "sample")):
            if name + suffix in files:
                _convert(bench, name, source, name + suffix)
    for name in PACKED:
        if name in files:
            _pack(bench, name)
    program = bench.current.programs.get("tidemarc")
    bench.files |= command_files.make(data, corpus, program, files, sort_bytes)
    for build in filter(None, (bench.current, bench.before)):
        bench.notes += build.notes
    if not against and shutil.which("yaz-marcdump") is None:
        bench.notes.append("yaz-marcdump is not on the PATH, so it did not take part.")
    return bench


def fetch_corpus(data: Path) -> Path:
    """Unpacks the 250,000 records that are part of pymarc's source distribution."""
    corpus = data / CORPUS
    if corpus.exists() and corpus.stat().st_size == CORPUS_BYTES:
        return corpus
    archive = data / f"pymarc-{PYMARC}.tar.gz"
    if not archive.exists():
        fault = call(
            sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "pymarc",
            "--dest", data, f"pymarc=={PYMARC}",
        )  # fmt: skip
        if fault:
            raise SetupError(f"the corpus could not be fetched: {fault}")
    say(f"unpacking {CORPUS}")
    part = corpus.with_suffix(".part")
    digest = hashlib.sha256()
    with tarfile.open(archive) as members, part.open("wb") as out:
        member = members.extractfile(f"pymarc-{PYMARC}/{CORPUS}")
        assert member is not None, "the corpus is no regular file in the archive"
        while chunk := member.read(1 << 20):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != CORPUS_SHA256:
        raise SetupError("the corpus is not the file that this benchmark was written for")
    part.rename(corpus)
    return corpus


def _cut_files(bench: Bench, corpus: Path) -> None:
    """Cuts the shorter files out of the corpus, at record boundaries."""
    octets = corpus.read_bytes()
    spans = list(pairwise(record_starts(octets)))
    bench.files["full"] = (corpus, len(spans))
    for name, step, limit in (("sample", len(spans) // SAMPLE_RECORDS, None), ("one", 1, 1)):
        chosen = list(islice(spans, 0, limit, step))
        path = bench.data / f"{name}.mrc"
        path.write_bytes(b"".join(octets[start:end] for start, end in chosen))
        bench.files[name] = (path, len(chosen))


def _collect_marc8(bench: Bench) -> None:
    """Puts together the records in MARC-8 of a folder of MARC files, if the environment names one.

    They are those whose leader/09 is blank and that have bytes beyond ASCII, or escapes, but are no
    UTF-8; as often as makes the file some megabytes long.
    """
    folder = os.environ.get("TIDEMARC_CORPUS")
    if folder is None:
        return
    records = []
    for path in sorted((Path(folder) / "real").rglob("*")):
        octets = path.read_bytes() if path.is_file() else b""
        while octets[:5].isdigit() and 26 <= int(octets[:5]) <= len(octets):
            record, octets = octets[: int(octets[:5])], octets[int(octets[:5]) :]
            if record.endswith(b"\x1e\x1d") and record[9:12] == b" 22" and _is_marc8(record):
                records.append(record)
    times = max(1, MARC8_BYTES // max(1, sum(map(len, records))))
    path = bench.data / "marc8.mrc"
    path.write_bytes(b"".join(records) * times)
    if records:
        bench.files["marc8"] = (path, len(records) * times)


def _is_marc8(record: bytes) -> bool:
    """Returns true for a record with escapes, or with bytes beyond ASCII that are not UTF-8."""
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return True
    return "\x1b" in text and text.isascii()


def _convert(bench: Bench, to_format: str, source: str, name: str) -> None:
    """Writes a file of records in a text format, with tidemarc's own `convert`."""
    if "tidemarc" not in bench.current.modules:
        return
    program = (
        "import sys, tidemarc; tidemarc.convert(sys.argv[1], sys.argv[2], to_format=sys.argv[3], "
        "controls='replace')"
    )
    path, records = bench.files[source]
    target = bench.data / f"{source}.{to_format}"
    if fault := call(bench.current.python, "-c", program, path, target, to_format):
        bench.notes.append(f"The records could not be written as {to_format}: {fault}")
        return
    bench.files[name] = (target, records)


def _pack(bench: Bench, compression: str) -> None:
    """Writes the corpus compressed, with tidemarc's own `convert`."""
    if "tidemarc" not in bench.current.modules:
        return
    program = "import sys, tidemarc; tidemarc.convert(*sys.argv[1:])"
    path, records = bench.files["full"]
    target = bench.data / f"full.mrc.{PACKED[compression]}"
    if fault := call(bench.current.python, "-c", program, path, target):
        bench.notes.append(f"The records could not be compressed as {compression}: {fault}")
        return
    bench.files[compression] = (target, records)
