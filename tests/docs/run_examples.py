"""Run the Python examples of Markdown files, so that none of them can go stale.

`python run_examples.py FILE...`: every fenced block marked `python` is run, those of one file one
after the other in one namespace, in a directory that holds copies of the fixtures (`books.mrc` and
its like). Rust's examples are run by `cargo test --doc`.

A block marked `python spark` needs an engine; the tests of the engine run it.
"""

import contextlib
import io
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

BLOCK = re.compile(r"^```python[ ]*(\w*)[ ]*\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)


def examples(text: str, engine: str) -> Iterator[tuple[int, str]]:
    """Yield each block for this engine, with the number of its first line."""
    for block in BLOCK.finditer(text):
        if block[1] == engine:
            yield text.count("\n", 0, block.start(2)) + 1, block[2]


def run(path: Path, engine: str = "", **names: object) -> int:
    """Run the examples of one file with these names defined, and return how many there are."""
    namespace = {"__name__": "__main__", **names}
    count = 0
    for line, source in examples(path.read_text(encoding="utf-8"), engine):
        # As many empty lines before it, so that a traceback tells the line in the file.
        code = compile("\n" * (line - 1) + source, str(path), "exec")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, namespace)
        count += 1
    return count


@contextlib.contextmanager
def fixtures() -> Iterator[None]:
    """Work in a directory with copies of the fixtures."""
    with tempfile.TemporaryDirectory(prefix="tidemarc-docs-") as directory:
        for fixture in FIXTURES.glob("*.mrc"):
            shutil.copy(fixture, directory)
        # The same by the names that they have for a reader of the repository.
        shutil.copytree(FIXTURES, Path(directory, "tests", "fixtures"))
        with contextlib.chdir(directory):
            yield


def main(paths: list[Path]) -> int:
    """Run the examples of all files; a file with an example that fails is told, not hidden."""
    status = 0
    for path in [path.resolve() for path in paths]:
        try:
            with fixtures():
                count = run(path)
        except Exception:
            traceback.print_exc()
            print(f"docs: an example of {path} fails", file=sys.stderr)
            status = 1
        else:
            print(f"docs: {path.name}: {count} Python examples run")
    return status


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
