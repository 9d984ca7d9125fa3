"""What must work in a fresh environment that holds the wheel and nothing else.

`check.py` runs this under every Python it finds: `python smoke.py FIXTURES`.
"""

import pickle
import sys
from pathlib import Path

import tidemarc


def main(fixtures: Path) -> None:
    """Import, read a file and a file object, catch an exception, pickle a record, use threads."""
    package = Path(tidemarc.__file__).resolve()
    assert package.is_relative_to(Path(sys.prefix).resolve()), f"not the installed one: {package}"

    books = fixtures / "books.mrc"
    records = list(tidemarc.Reader(books))
    assert len(records) == 60, len(records)
    assert b"".join(record.raw for record in records) == books.read_bytes()

    with books.open("rb") as file:
        assert [record.raw for record in tidemarc.Reader(file)] == [r.raw for r in records]

    reader = tidemarc.Reader(fixtures / "books-damaged.mrc")
    try:
        list(reader)
    except tidemarc.RecordError as error:
        assert error.record_number == 8, error.record_number
    else:
        raise AssertionError("a damaged record went by without an exception")

    copy = pickle.loads(pickle.dumps(records[0]))
    assert copy.as_marc() == records[0].as_marc()
    assert copy.title == records[0].title

    # Long enough for the pipeline with its threads.
    many = books.read_bytes() * 100
    with tidemarc.Writer("many.mrc") as writer:
        for record in tidemarc.Reader(many, threads=2):
            writer.write(record)
    assert Path("many.mrc").read_bytes() == many
    assert tidemarc.check("many.mrc").stats.records == 6000


if __name__ == "__main__":
    main(Path(sys.argv[1]))
