"""What is measured: the jobs, and who takes part in each.

To add a contender, write its job (one function in `rust/src/`, or one line in `python_jobs.py`) and
name it here; what it must reach is in `bars.py`. The jobs of the command are in `command_plan.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from harness.command_plan import COMMAND_JOBS
from harness.job import Contender, Job, Mode

SAMPLE_RECORDS = 20_000
"""About how many records slow contenders read: every n-th record of the corpus."""

TEXT_FORMATS = ("marcxml", "json", "jsonl", "marcmaker", "line")
"""The formats that the corpus is written in; each is the name of a file, and with "-sample" too."""

PACKED = {"gzip": "gz", "bgzf": "bgz", "zstd": "zst"}
"""The compressions of the corpus, with their suffixes; each is the name of a file."""


def _rust(name: str, label: str, file: str = "full", alone: str | None = None) -> Contender:
    return Contender(name, label, "rust", name, file, alone=alone)


def _python(name: str, label: str, file: str = "full", alone: str | None = None) -> Contender:
    return Contender(name, label, "python", name, file, alone=alone)


def _peer(contender: Contender) -> Contender:
    return replace(contender, side="peer")


def _limit(contender: Contender) -> Contender:
    return replace(contender, side="limit")


def _both(file: str = "full") -> tuple[Contender, Contender]:
    """Returns tidemarc's default and its run on one thread."""
    return (
        _python("tidemarc", "tidemarc", file, alone="tidemarc-1"),
        _python("tidemarc-1", "tidemarc, threads=1", file),
    )


_MRRC = _peer(_python("mrrc", "mrrc"))
_PYMARC = _peer(_python("pymarc", "pymarc", "sample"))
_READ_1 = _rust("tidemarc-1", "tidemarc, 1 thread")
_SPIN = _limit(_rust("spin", "arithmetic in registers"))

CAPACITY = Job(
    "capacity",
    "Capacity of the machine",
    (_READ_1, replace(_READ_1, copies=2), _SPIN, replace(_SPIN, copies=2)),
    "The time of two copies is that of one divided by the capacity. The arithmetic is a fixed "
    "number of steps, reported as if it were the records of the file.",
)
"""Run beside every job that compares one thread with more."""

JOBS: tuple[Job, ...] = (
    Job(
        "read",
        "Rust: read and index every record",
        (
            _limit(_rust("bare", "bare loop of read(2), 64 KiB a call")),
            _rust("tidemarc", "tidemarc, default", alone="tidemarc-1"),
            _rust("tidemarc-2", "tidemarc, 2 threads", alone="tidemarc-1"),
            _READ_1,
            _peer(_rust("mrrc-reader", "mrrc, MarcReader::from_path")),
            _peer(_rust("mrrc-parallel", "mrrc, parse_batch_parallel, whole file in one call")),
            _peer(_rust("mrrc-batches", "mrrc, parse_batch_parallel, 1,000 records a call")),
            _peer(_rust("mrrc-pipeline", "mrrc, ProducerConsumerPipeline")),
            _peer(_rust("marc21", "marc21, MarcReader")),
            _peer(Contender("yaz", "yaz-marcdump -n (C)", "command", "yaz-marcdump -n {file}")),
        ),
        "tidemarc checks leader and directory of each record; the peers do what their readers do: "
        "mrrc and marc21 also parse the fields, mrrc into owned strings.",
    ),
    Job(
        "iterate",
        "Python: `for record in Reader(path): pass`",
        (
            _limit(_python("floor", "floor: for x in map(bytes, repeat(3, n)): pass")),
            *_both(),
            _MRRC,
            _peer(_python("mrrc-pipeline", "mrrc, ProducerConsumerPipeline")),
            _PYMARC,
        ),
    ),
    Job(
        "title",
        "Python: the same, and `record.title`",
        (*_both(), _MRRC, _PYMARC),
        "mrrc's `title` is 245 $a alone; pymarc's is $a and $b.",
    ),
    Job(
        "values",
        "Python: `field.value()` of every field",
        (
            _limit(_python("floor", "floor: a list of 20 bytes objects, decode() of each")),
            *_both(),
            replace(_MRRC, file="sample"),
        ),
        "The floor makes, for each record, one fresh object and a list of 20 fresh `bytes` objects "
        "by `list(map(str.encode, repeat(value, 20)))`, and calls `decode()` of each, which "
        "returns a fresh string of 29 characters. Only the two loops run in the interpreter, the "
        "rest in its C code. 20 fields with values of 29 characters are the average of the corpus.",
    ),
    Job(
        "extract",
        "Python: `record.title` and `field.value()` of every field",
        (*_both(), replace(_MRRC, file="sample"), _PYMARC),
        "For all three: `record.title`, then `field.value()` for each of `record.get_fields()`. "
        "pymarc's `value()` strips each subfield, mrrc's does not.",
    ),
    Job(
        "roundtrip",
        "Python: `record.as_marc()`",
        (*_both(), _MRRC, _PYMARC),
        "`as_marc()` of all three; mrrc and pymarc build the record anew from its fields.",
    ),
    Job(
        "fileobj",
        'Python: `for record in Reader(open(path, "rb")): pass`',
        (
            _python("tidemarc", "tidemarc"),
            _python("tidemarc-1", "tidemarc, threads=1"),
            _python("tidemarc-file", "tidemarc, file object", alone="tidemarc-file-1"),
            _python("tidemarc-file-1", "tidemarc, file object, threads=1"),
            _peer(_python("mrrc-file", "mrrc")),
        ),
        work="iterate",
    ),
    *(
        Job(
            name,
            title,
            (
                *_both(),
                _python("tidemarc-pymarc", "tidemarc.pymarc, the drop-in, a file object"),
                _PYMARC,
            ),
        )
        for name, title in (
            ("edit", "Python: change a field of every record, and `record.as_marc()`"),
            ("as_dict", "Python: `record.as_dict()`"),
            ("as_json", "Python: `record.as_json()`"),
        )
    ),
    Job(
        "columns",
        "Rust: ten columns, and the preset `nested`, as batches of Arrow",
        (
            _limit(_rust("bare", "bare loop of read(2), 64 KiB a call")),
            _READ_1,
            _rust("columns", "ten columns, default", alone="columns-1"),
            _rust("columns-1", "ten columns, 1 thread"),
            _rust("columns-ranges", "ten columns, two ranges at once", alone="columns-1"),
            _rust("columns-partitions", "ten columns, partitions(2), in order", alone="columns-1"),
            _rust("nested", "nested, default", alone="nested-1"),
            _rust("nested-1", "nested, 1 thread"),
        ),
        "The columns are 001, 008/07-10, 008/35-37, 020 $a, 100 $a, 245 $a, 245 $b, 260 $b, "
        "260 $c and 650 $a, with 020 and 650 as lists. Each batch is dropped.",
    ),
    Job(
        "tables",
        "Python: ten columns of every record, as tables",
        (
            _limit(_python("pyarrow", "interpreter with pyarrow, nothing read")),
            _rust("columns", "Rust: ten columns, default", alone="columns-1"),
            _rust("columns-1", "Rust: ten columns, 1 thread"),
            _python("tidemarc-scan", "ten columns into pyarrow", alone="tidemarc-scan-1"),
            _python("tidemarc-scan-1", "ten columns into pyarrow, threads=1"),
            _python("tidemarc-nested", "nested into pyarrow"),
            _python("tidemarc-loop", "the same values from records, threads=1"),
            _python("tidemarc-parquet", "ten columns, write_parquet()"),
            _limit(_python("pyarrow-memory", "pyarrow writes ten columns from memory as Parquet")),
            _peer(_python("marctable", "marctable, to_parquet()", "sample")),
            _python("tidemarc-two", "two columns into Polars"),
            _peer(_python("polars_marc21", "polars-marc21, two columns", "sample")),
        ),
        "The columns are those of the job `columns`. marctable writes nine of them, with the whole "
        "of 008, and keeps the last of several values of some. polars-marc21 reads 001 and 245 $a, "
        "which it does not repeat. Parquet goes to memory, compressed with zstd (marctable: "
        "snappy).",
        work="table",
    ),
    Job(
        "index",
        "Rust: build the index file",
        (
            _rust("tidemarc", "read and index alone, default", alone="tidemarc-1"),
            _READ_1,
            _rust("index", "build, default", alone="index-1"),
            _rust("index-1", "build, 1 thread"),
        ),
        "The index file is on the disk at the end, which includes a wait for the disk.",
    ),
    Job(
        "index_get",
        "Python: list the keys of an index, then `index.get(key)` of each in random order",
        (_python("tidemarc-index", "tidemarc"),),
        "The files are in the page cache. Both together must take 20 µs a record at most.",
        work="count",
    ),
    Job(
        "memory",
        "Peak memory on a file a twelfth as long",
        (
            _rust("tidemarc-2", "tidemarc (Rust), 2 threads", "sample"),
            _peer(_rust("mrrc-reader", "mrrc (Rust), MarcReader", "sample")),
            _limit(_python("floor", "bare interpreter", "sample")),
            _python("tidemarc", "tidemarc (Python)", "sample"),
            _peer(_python("mrrc", "mrrc (Python)", "sample")),
        ),
        "To be read beside the peaks of the jobs above, which read the whole file.",
        work="iterate",
        timed=False,
    ),
    Job(
        "marc8",
        "The text of every subfield of records in MARC-8",
        (
            _rust("marc8", "tidemarc (Rust), 1 thread", "marc8"),
            _python("tidemarc-marc8", "tidemarc (Python)", "marc8", alone="tidemarc-marc8-1"),
            _python("tidemarc-marc8-1", "tidemarc (Python), threads=1", "marc8"),
            _peer(_python("pymarc", "pymarc", "marc8")),
        ),
        "Each reads the file and decodes it, in Python by `field.value()` of every field; pymarc "
        "makes its records besides, and reads some characters otherwise. The file is made of "
        "what TIDEMARC_CORPUS names; without it the job is left out.",
    ),
    Job(
        "xml_write",
        "ISO 2709 to MARCXML",
        (
            _rust("xml-write", "tidemarc (Rust), records one by one"),
            _python(
                "tidemarc-convert", "tidemarc (Python), `convert()`", alone="tidemarc-convert-1"
            ),
            _python("tidemarc-convert-1", "tidemarc (Python), `convert(threads=1)`"),
            _peer(
                Contender(
                    "yaz",
                    "yaz-marcdump -o marcxml (C)",
                    "command",
                    "yaz-marcdump -o marcxml {file}",
                )
            ),
        ),
        "All write to /dev/null. tidemarc replaces the control characters that XML cannot hold.",
        work="count",
    ),
    *(
        Job(
            name,
            f"Python: every record of a file of {title}",
            (*_both(file), *peers),
            "The file is the corpus as `tidemarc.convert` writes it.",
            work="count",
        )
        for name, title, file, peers in (
            (
                "xml_read",
                "MARCXML",
                "marcxml",
                (_peer(_python("pymarc-xml", "pymarc, map_xml", "marcxml-sample")),),
            ),
            (
                "json",
                "MARC-in-JSON, one array",
                "json",
                (_peer(_python("pymarc-json", "pymarc, JSONReader", "json-sample")),),
            ),
            ("jsonl", "MARC-in-JSON, one record a line", "jsonl", ()),
            ("marcmaker", "MARCMaker text", "marcmaker", ()),
            ("line", "line text, the format of yaz-marcdump", "line", ()),
        )
    ),
    Job(
        "packed",
        "Python: `for record in Reader(path): pass`, compressed files",
        (
            _limit(_rust("bare-gzip", "bare loop of the decompressor, gzip (Rust)", "gzip")),
            _python("gzip", "tidemarc, gzip", "gzip", alone="gzip-1"),
            _python("gzip-1", "tidemarc, gzip, threads=1", "gzip"),
            _python("bgzf", "tidemarc, BGZF", "bgzf", alone="gzip-1"),
            _python("bgzf-1", "tidemarc, BGZF, threads=1", "bgzf"),
            _limit(_rust("bare-zstd", "bare loop of the decompressor, zstd (Rust)", "zstd")),
            _python("zstd", "tidemarc, zstd", "zstd", alone="zstd-1"),
            _python("zstd-1", "tidemarc, zstd, threads=1", "zstd"),
            _python("tidemarc", "tidemarc, the plain file"),
        ),
        "The files are the corpus as `tidemarc.convert` compresses it. The bare loops decompress "
        "64 KiB a call into one buffer. BGZF is compared with the same bytes in one member of gzip "
        "on one thread.",
        work="iterate",
    ),
    Job(
        "one-rust",
        "Rust: open, read and close a file of one record",
        (
            _limit(_rust("one-open", "open and close, nothing read", "one")),
            _rust("one-tidemarc", "tidemarc", "one"),
        ),
    ),
    Job(
        "one-python",
        "Python: open, read and close a file of one record",
        (
            _limit(_python("floor", "open and close, nothing read", "one")),
            _python("tidemarc", "tidemarc", "one"),
            _peer(_python("mrrc", "mrrc", "one")),
            _peer(_python("pymarc", "pymarc", "one")),
        ),
        work="one",
    ),
    *COMMAND_JOBS,
)


def variants(job: Job, modes: Sequence[Mode], against: bool) -> Job:
    """Returns the job with the runs that the options ask for.

    The first mode is that of all contenders. In the second, only tidemarc and the limits run. To
    compare with another build, only tidemarc runs, each contender directly after its older self.
    Two copies of each one-thread form show the capacity of the machine for this job.
    """
    contenders = [one for one in job.contenders if one.side == "ours" or not against]
    alone = {one.alone for one in contenders}
    runs = [
        replace(one, before=before)
        for one in contenders
        for before in ((True, False) if against else (False,))
    ]
    runs += [replace(one, copies=2) for one in contenders if one.name in alone]
    return replace(
        job,
        contenders=tuple(
            replace(run, mode=mode)
            for mode in modes
            for run in runs
            if mode == modes[0] or (job.timed and run.side != "peer")
        ),
    )
