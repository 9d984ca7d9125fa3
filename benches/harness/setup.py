"""Fetching and building: the corpus, the peers, tidemarc. All of it outside the repository."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from harness.plan import SAMPLE_RECORDS

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ROOT / "benches"

PYMARC = "5.4.0"
MRRC = "0.9.2"
CORPUS = "BooksAll.2016.part01.utf8"
MARC8_BYTES = 8_000_000
CORPUS_BYTES = 241_731_867
CORPUS_SHA256 = "dfdcdad30e0e0a82b0aec831c1a08b61c6199eb8ee0d71ff7953213f20eb0e47"


class SetupError(Exception):
    """Something without which nothing can be measured is not to be had."""


@dataclass
class Bench:
    """What stands ready to be measured, and what does not."""

    data: Path
    corpus: Path = Path()
    files: dict[str, tuple[Path, int]] = field(default_factory=dict)
    """For each kind of file: where it is, and how many records it has."""
    python: Path = Path(sys.executable)
    rust: Path | None = None
    rust_jobs: frozenset[str] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)
    """Python packages that can be imported, with their versions."""
    yaz: str | None = None
    notes: list[str] = field(default_factory=list)

    def hide_paths(self, text: str) -> str:
        """`text` without the directories of this machine."""
        for path, name in ((self.data, "CACHE"), (ROOT, "."), (Path.home(), "~")):
            text = text.replace(str(path), name)
        return text


def data_directory() -> Path:
    """Where downloads and builds are kept."""
    default = Path.home() / ".cache" / "tidemarc-bench"
    return Path(os.environ.get("TIDEMARC_BENCH_DATA") or default).expanduser().resolve()


def prepare(data: Path) -> Bench:
    """Fetch and build everything that is not there yet."""
    data.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONPATH", None)  # or a source tree may pass for the installed package
    bench = Bench(data)
    _corpus(bench)
    _cut_files(bench)
    _collect_marc8(bench)
    _python_packages(bench)
    _other_formats(bench)
    _rust_jobs(bench)
    bench.yaz = shutil.which("yaz-marcdump")
    if bench.yaz is None:
        bench.notes.append("yaz-marcdump is not on the PATH, so it did not take part.")
    return bench


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _call(*command: str | Path, cwd: Path | None = None, **environment: str) -> str | None:
    """Run a command; the line that tells why it failed, None if it did not."""
    _say("+ " + " ".join(map(str, command)))
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    _say(done.stdout)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    for telling in (r"error\[E\d+\]", r"(error|ERROR)\b", ""):  # rustc's, anyone's, the last line
        if found := [line for line in lines if re.match(telling, line)]:
            return found[-1]
    return f"exit status {done.returncode}"


def _corpus(bench: Bench) -> None:
    """pymarc's source distribution has 250,000 records of the Library of Congress in it."""
    bench.corpus = bench.data / CORPUS
    if bench.corpus.exists() and bench.corpus.stat().st_size == CORPUS_BYTES:
        return
    archive = bench.data / f"pymarc-{PYMARC}.tar.gz"
    if not archive.exists():
        fault = _call(
            sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "pymarc",
            "--dest", bench.data, f"pymarc=={PYMARC}",
        )  # fmt: skip
        if fault:
            raise SetupError(f"the corpus could not be fetched: {fault}")
    _say(f"unpacking {CORPUS}")
    part = bench.corpus.with_suffix(".part")
    digest = hashlib.sha256()
    with tarfile.open(archive) as members, part.open("wb") as out:
        member = members.extractfile(f"pymarc-{PYMARC}/{CORPUS}")
        assert member is not None, "the corpus is no regular file in the archive"
        while chunk := member.read(1 << 20):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != CORPUS_SHA256:
        raise SetupError("the corpus is not the file that this benchmark was written for")
    part.rename(bench.corpus)


def _cut_files(bench: Bench) -> None:
    """Cut the shorter files out of the corpus, at record boundaries."""
    octets = bench.corpus.read_bytes()
    starts = [0]
    while starts[-1] < len(octets):
        starts.append(starts[-1] + int(octets[starts[-1] : starts[-1] + 5]))
    spans = list(pairwise(starts))
    bench.files["full"] = (bench.corpus, len(spans))
    for name, step, limit in (("sample", len(spans) // SAMPLE_RECORDS, None), ("one", 1, 1)):
        chosen = list(islice(spans, 0, limit, step))
        path = bench.data / f"{name}.mrc"
        path.write_bytes(b"".join(octets[start:end] for start, end in chosen))
        bench.files[name] = (path, len(chosen))


def _collect_marc8(bench: Bench) -> None:
    """Put together the records in MARC-8 of a folder of MARC files, if the environment names one.

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
    """Tell whether a record has escapes, or bytes beyond ASCII that are no UTF-8."""
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return True
    return "\x1b" in text and text.isascii()


def _python_packages(bench: Bench) -> None:
    """A virtual environment with the published peers and, if it is there, tidemarc."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = bench.data / f"venv-{version}"
    bench.python = environment / "bin" / "python"
    if not bench.python.exists():
        fault = _call(sys.executable, "-m", "venv", environment)
        if fault:
            raise SetupError(f"no virtual environment could be made: {fault}")
    pip = (bench.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for name, wanted in (("pymarc", PYMARC), ("mrrc", MRRC)):
        if _installed(bench.python, name) != wanted:
            fault = _call(*pip, f"{name}=={wanted}")
            if fault:
                bench.notes.append(f"{name} {wanted} could not be installed: {fault}")
    if (ROOT / "pyproject.toml").exists():
        target = str(bench.data / "target")
        command = (*pip, "--no-deps", "--force-reinstall", ROOT)
        fault = _call(*command, CARGO_TARGET_DIR=target)
        if fault:
            bench.notes.append(f"tidemarc's Python package could not be built: {fault}")
            _call(bench.python, "-m", "pip", "uninstall", "--quiet", "--yes", "tidemarc")
    for name in ("pymarc", "mrrc", "tidemarc"):
        found = _installed(bench.python, name)
        if found:
            bench.modules[name] = found


def _other_formats(bench: Bench) -> None:
    """Write the corpus and the sample in other formats; tidemarc itself does that."""
    if "tidemarc" not in bench.modules:
        return
    program = (
        "import sys, tidemarc; tidemarc.convert(sys.argv[1], sys.argv[2], to_format=sys.argv[3], "
        "controls='replace')"
    )
    for name, to_format in (("xml", "marcxml"), ("json", "json")):
        for file, suffix in (("full", ""), ("sample", "-sample")):
            source, records = bench.files[file]
            target = bench.data / f"{name}{suffix}.{name}"
            if fault := _call(bench.python, "-c", program, source, target, to_format):
                bench.notes.append(f"The corpus could not be written as {to_format}: {fault}")
                return
            bench.files[f"{name}{suffix}"] = (target, records)


def _installed(python: Path, package: str) -> str | None:
    """The version of a package, if it can be imported."""
    program = f"import {package}, importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run(
        [python, "-P", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _rust_jobs(bench: Bench) -> None:
    """Build `rust/`; without the peers, or without tidemarc, if need be."""
    target = str(bench.data / "target")
    for features in (
        [],
        ["--no-default-features", "--features", "tidemarc"],
        ["--no-default-features", "--features", "peers"],
        ["--no-default-features"],
    ):
        command = ("cargo", "build", "--quiet", "--release", *features)
        fault = _call(*command, cwd=BENCHES / "rust", CARGO_TARGET_DIR=target)
        if fault is None:
            break
        what = " ".join(features) or "whole"
        bench.notes.append(f"The Rust jobs could not be built ({what}): {fault}")
    else:
        return
    bench.rust = Path(target) / "release" / "jobs"
    listing = subprocess.run([bench.rust, "list"], stdout=subprocess.PIPE, text=True, check=True)
    bench.rust_jobs = frozenset(listing.stdout.split())
