"""The jobs of the command `tidemarc`: whole processes, whose output goes to /dev/null."""

from dataclasses import replace

from harness.job import Contender, Job

GROUP = "command"

EDITS = "--where '001 ~ /7 *$/' --add-subfield '040 $dXXX'"
"""The edit of every tenth record of the corpus, which makes the file `edited`."""

STARTS = 100
"""Number of times that a program is started in one run, if its start is measured."""

_COLUMNS = (
    "-c id=001 -c year=008/07-10 -c language=008/35-37 -c isbn='020$a' -c author='100$a' "
    "-c title='245$a' -c rest='245$b' -c publisher='260$b' -c date='260$c' -c subjects='650$a'"
)
_COUNT = "tidemarc count {file}"
_REGEX = r"/histor(y|ies)/"
_FILTER = f"tidemarc filter '245$a ~ {_REGEX}' {{file}}"
_IDS = "tidemarc filter '001 in @{ids}' {file}"
_SELECT = f"tidemarc select {_COLUMNS} {{file}}"
# The file has eight records with a control character, a loss that the exit status 1 reports.
_XML, _LINE = (
    f"tidemarc convert --to {to} --controls replace {{file}}" for to in ("marcxml", "line")
)
_STATS = "tidemarc stats {file}"


def _ours(name: str, label: str, command: str, file: str = "full", status: int = 0) -> Contender:
    return Contender(name, label, "command", command, file, status=status)


def _peer(name: str, label: str, command: str, file: str = "full") -> Contender:
    return Contender(name, label, "command", command, file, side="peer")


def _start(name: str, label: str, command: str) -> Contender:
    return replace(_ours(name, label, command, "one"), starts=STARTS)


def _job(name: str, title: str, *contenders: Contender, note: str = "") -> Job:
    return Job(f"{GROUP}-{name}", f"Command: {title}", contenders, note, group=GROUP)


_STREAMING = (
    _ours("count", "count", _COUNT),
    _ours("count-by", "count --by a selector", "tidemarc count --by 008/35-37 {file}"),
    _ours("view", "view", "tidemarc view --no-pager {sample}", "sample"),
    _ours("cat", "cat", "tidemarc cat {file}"),
    _ours("filter", "filter, a regular expression", _FILTER),
    _ours("select", "select, ten columns to CSV", _SELECT),
    _ours("xml", "convert --to marcxml", _XML, status=1),
    _ours("line", "convert --to line", _LINE, status=1),
    _ours("edit", "edit", f"tidemarc edit {EDITS} {{file}}"),
    _ours("stats", "stats", _STATS),
    _ours("check", "check", "tidemarc check {file}"),
    _ours("repair", "repair", "tidemarc repair {file} -o {cache}/repaired.mrc"),
)
"""Commands that hold a few records at a time; what others hold grows with their input."""

COMMAND_JOBS: tuple[Job, ...] = (
    _job(
        "count",
        "number of records",
        _ours("tidemarc", "tidemarc count", _COUNT),
        _peer("yaz", "yaz-marcdump -n", "yaz-marcdump -n {file}"),
        _peer("marc21", "marc21 count", "marc21 count {file}"),
    ),
    _job(
        "marcxml",
        "ISO 2709 to MARCXML",
        _ours("tidemarc", "tidemarc convert --to marcxml", _XML, status=1),
        _peer("yaz", "yaz-marcdump -o marcxml", "yaz-marcdump -o marcxml {file}"),
    ),
    _job(
        "line",
        "ISO 2709 to line text",
        _ours("tidemarc", "tidemarc convert --to line", _LINE, status=1),
        _peer("yaz", "yaz-marcdump", "yaz-marcdump {file}"),
    ),
    _job(
        "filter",
        "records whose 245 $a matches a regular expression",
        _ours("tidemarc", "tidemarc filter", _FILTER),
        _peer("marc21", "marc21 filter", """marc21 filter '245/*.a =~ "histor(y|ies)"' {file}"""),
        note=f"The expression is `{_REGEX}`.",
    ),
    _job(
        "ids",
        "records whose 001 is in a list of a million",
        _ours("count", "tidemarc count", _COUNT),
        _ours("ids", "tidemarc filter '001 in @ids'", _IDS),
        _ours("count-long", "tidemarc count, long file", _COUNT, "long"),
        _ours("ids-long", "tidemarc filter '001 in @ids', long file", _IDS, "long"),
        note="Every second record is in the list. The long file is that of the job `command-sort`.",
    ),
    _job(
        "select",
        "columns to CSV",
        _ours("tidemarc", "tidemarc select, ten columns", _SELECT),
        _peer("marc21", "marc21 select, two columns", "marc21 select '001, 245/*.a' {file}"),
        note="The ten columns are those of the job `columns`; the two are 001 and 245 $a, which "
        "is not repeated.",
    ),
    _job(
        "stats",
        "statistics",
        _ours("tidemarc", "tidemarc stats", _STATS),
        _peer("marc21", "marc21 describe", "marc21 describe {file}"),
        note="`marc21 describe` counts the subfields of each field. `tidemarc stats` also counts "
        "records and repeats, languages, years and faults, and takes sample values.",
    ),
    _job(
        "diff",
        "comparison of two files",
        _ours("count", "tidemarc count of both files", "tidemarc count {full} {edited}"),
        _ours("diff", "tidemarc diff", "tidemarc diff --no-pager {full} {edited}", status=1),
        _ours(
            "summary", "tidemarc diff --summary", "tidemarc diff --summary {full} {edited}",
            status=1,
        ),
        note="The second file is a copy of the first, in which every tenth record has one more "
        "subfield. Times are for a record of one file.",
    ),
    _job(
        "sort",
        "sort by 245 $a",
        _ours(
            "tidemarc", "tidemarc sort --memory 256M",
            "tidemarc sort --by '245$a' --memory 256M --tmp {cache} {file}", "long",
        ),
        _peer(
            "sort", "GNU sort -S 256M, as many bytes of lines",
            "env LC_ALL=C sort -S 256M -T {cache} {file}", "lines",
        ),
        note="The file is the corpus several times over, cut to `--sort-bytes`. Each line is a "
        "record of it, so that both sort the same bytes in the same number of items; GNU sort "
        "compares them as bytes.",
    ),
    _job(
        "start",
        "start and end of a process",
        replace(_start("true", "true, the least that a process costs", "true"), side="limit"),
        _start("binary", "tidemarc --version", "tidemarc --version"),
        replace(_start("python", "python -c pass", "interpreter -c pass"), side="limit"),
        _start("script", "tidemarc --version, Python script", "tidemarc-script --version"),
        note=f"Each run starts the program {STARTS} times. Times are for one start, which the "
        "harness itself lengthens as it does that of `true`.",
    ),
    replace(
        _job(
            "memory",
            "peak memory of the streaming commands",
            *_STREAMING,
            note="A run of its own measures the memory, because the harness has to start the "
            "process in another way.",
        ),
        timed=False,
    ),
)  # fmt: skip

MEMORY_CONTENDERS = tuple((one.name, one.label) for one in _STREAMING)
