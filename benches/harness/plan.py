"""What is measured: the jobs, and who takes part in each.

To add a contender, write its job (one function in `rust/src/`, or one line in `python_jobs.py`) and
name it here; what it must reach is in `bars.py`.
"""

from dataclasses import dataclass
from typing import Literal

SAMPLE_RECORDS = 20_000
"""About how many records slow contenders read: every n-th record of the corpus."""

Kind = Literal["rust", "python", "command"]
File = Literal["full", "sample", "one", "marc8", "xml", "xml-sample", "json", "json-sample"]


@dataclass(frozen=True)
class Contender:
    """One program doing one job."""

    name: str
    label: str
    kind: Kind
    argument: str
    """The name of the job in the Rust binary, of the contender in `python_jobs.py`, or options."""
    file: File = "full"


@dataclass(frozen=True)
class Job:
    """Contenders that do the same work, run in turns."""

    name: str
    title: str
    contenders: tuple[Contender, ...]
    note: str = ""


def _rust(name: str, label: str, file: File = "full") -> Contender:
    return Contender(name, label, "rust", name, file)


def _python(name: str, label: str, file: File = "full") -> Contender:
    return Contender(name, label, "python", name, file)


_TIDEMARC = _python("tidemarc", "tidemarc")
_TIDEMARC_1 = _python("tidemarc-1", "tidemarc, threads=1")
_MRRC = _python("mrrc", "mrrc")
_PYMARC = _python("pymarc", "pymarc", "sample")

JOBS: tuple[Job, ...] = (
    Job(
        "read",
        "Rust: read and index every record",
        (
            _rust("bare", "bare loop of read(2), 64 KiB a call"),
            _rust("tidemarc-2", "tidemarc, 2 threads"),
            _rust("tidemarc-1", "tidemarc, 1 thread"),
            _rust("mrrc-reader", "mrrc, MarcReader::from_path"),
            _rust("mrrc-parallel", "mrrc, parse_batch_parallel, whole file in one call"),
            _rust("mrrc-batches", "mrrc, parse_batch_parallel, 1,000 records a call"),
            _rust("mrrc-pipeline", "mrrc, ProducerConsumerPipeline"),
            _rust("marc21", "marc21, MarcReader"),
            Contender("yaz", "yaz-marcdump -n (C)", "command", "-n"),
        ),
        "tidemarc checks leader and directory of each record; the peers do what their readers do: "
        "mrrc and marc21 also parse the fields, mrrc into owned strings.",
    ),
    Job(
        "iterate",
        "Python: `for record in Reader(path): pass`",
        (
            _python("floor", "floor: for x in map(bytes, repeat(3, n)): pass"),
            _TIDEMARC,
            _TIDEMARC_1,
            _MRRC,
            _python("mrrc-pipeline", "mrrc, ProducerConsumerPipeline"),
            _PYMARC,
        ),
    ),
    Job(
        "title",
        "Python: the same, and `record.title`",
        (_TIDEMARC, _MRRC, _PYMARC),
        "mrrc's `title` is 245 $a alone; pymarc's is $a and $b.",
    ),
    Job(
        "extract",
        "Python: `record.title` and `field.value()` of every field",
        (_TIDEMARC, _python("mrrc", "mrrc", "sample"), _PYMARC),
        "For all three: `record.title`, then `field.value()` for each of `record.get_fields()`. "
        "pymarc's `value()` strips each subfield, mrrc's does not.",
    ),
    Job(
        "roundtrip",
        "Python: `record.as_marc()`",
        (_TIDEMARC, _MRRC, _PYMARC),
        "`as_marc()` of all three; mrrc and pymarc build the record anew from its fields.",
    ),
    Job(
        "fileobj",
        'Python: `for record in Reader(open(path, "rb")): pass`',
        (
            _TIDEMARC,
            _python("tidemarc-file", "tidemarc, file object"),
            _python("mrrc-file", "mrrc"),
        ),
    ),
    *(
        Job(
            name,
            title,
            (
                _TIDEMARC,
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
        "memory",
        "Peak memory on a file a twelfth as long",
        (
            _rust("tidemarc-2", "tidemarc (Rust), 2 threads", "sample"),
            _rust("mrrc-reader", "mrrc (Rust), MarcReader", "sample"),
            _python("floor", "bare interpreter", "sample"),
            _python("tidemarc", "tidemarc (Python)", "sample"),
            _python("mrrc", "mrrc (Python)", "sample"),
        ),
        "To be read beside the peaks of the jobs above, which read the whole file.",
    ),
    Job(
        "marc8",
        "The text of every subfield of records in MARC-8",
        (
            _rust("marc8", "tidemarc (Rust), 1 thread", "marc8"),
            _python("tidemarc-marc8", "tidemarc (Python)", "marc8"),
            _python("pymarc", "pymarc", "marc8"),
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
            _python("tidemarc-convert", "tidemarc (Python), `convert()`"),
            Contender("yaz", "yaz-marcdump -o marcxml (C)", "command", "-o marcxml"),
        ),
        "All write to /dev/null. tidemarc replaces the control characters that XML cannot hold.",
    ),
    Job(
        "xml_read",
        "Python: every record of a MARCXML file",
        (
            _python("tidemarc", "tidemarc", "xml"),
            _python("tidemarc-1", "tidemarc, threads=1", "xml"),
            _python("pymarc-xml", "pymarc, map_xml", "xml-sample"),
        ),
        "The file is the corpus as `tidemarc.convert` writes it.",
    ),
    Job(
        "json",
        "Python: every record of a file of MARC-in-JSON",
        (
            _python("tidemarc", "tidemarc", "json"),
            _python("pymarc-json", "pymarc, JSONReader", "json-sample"),
        ),
        "The file is the corpus as `tidemarc.convert` writes it: one array.",
    ),
    Job(
        "one-rust",
        "Rust: open, read and close a file of one record",
        (
            _rust("one-open", "open and close, nothing read", "one"),
            _rust("one-tidemarc", "tidemarc", "one"),
        ),
    ),
    Job(
        "one-python",
        "Python: open, read and close a file of one record",
        (
            _python("floor", "open and close, nothing read", "one"),
            _python("tidemarc", "tidemarc", "one"),
            _python("mrrc", "mrrc", "one"),
            _python("pymarc", "pymarc", "one"),
        ),
    ),
)
