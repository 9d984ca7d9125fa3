"""Count sentences that are hard to read, in the documents and in the comments of the sources.

`python prose.py` counts per folder and compares with the baseline in `prose.json`. A number above
its baseline is an error; a number below it asks for `python prose.py --update`, which never raises
the sum of the baseline. `python prose.py PATH...` shows each finding of these files or folders.

Three things are counted:

- opening: a sentence, heading or comment that opens with a relative clause ("What is read next."
  for "The bytes to read next."). A question, which ends in "?", is not counted.
- phrase: one of the phrases in `PHRASES`, each with the words to use instead.
- width: a line of a document above 100 columns, outside of tables and code.
"""

import argparse
import ast
import io
import json
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).with_name("prose.json")
WIDTH = 100

# A document is a group of its own or belongs to "docs"; a source belongs to its folder.
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "benches/README.md"]
DOCUMENTS_BELOW = ["docs"]
SOURCES = ["src", "python"]
# Files that quote the words they forbid.
QUOTES = {"docs/glossary.md"}

RELATIVE = "What|Whatever|Who|Whoever|Whom|Whose|Whether|Where|Wherever|Which|Whichever"
# Markup or an opening quote may stand before the first word.
OPENING = re.compile(rf"(?:^|(?<=[.!?:;])[*_)\"”']*\s+)[*_(\"“‘'`]*({RELATIVE})\b(?![`'’])")
# A sentence that goes on to a question mark is a question.
QUESTION = re.compile(r"[^.!?;]*\?")

PHRASES = [
    (r"(?<!there )\b(?:is|are|was|were) none\b", "is invalid, is missing, is not one"),
    (r"\b(?:that|which|what) (?:is|are|was|were) no\b(?! longer)", "that is not a …, invalid …"),
    (r"\b(?:is|are|was|were|be|been) told\b", "is reported, is recognised"),
    (r"\blent\b", "is shared"),
    (r"\bbehind\b", "after"),
    (r"\bwhoever\b|\bwho (?:asks|takes|goes|opens|wants|finds)\b", "a caller that …, if you …"),
    (r"\bof whatever\b", "of any …"),
    (r"\bto be had\b|\bcan be had\b", "is available"),
    (r"\b(?:let|lets|letting) go of\b", "release"),
    (r"\bnothing to say\b", "has no effect"),
]
FORBIDDEN = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in PHRASES]


class Finding(NamedTuple):
    """One hard sentence or long line."""

    path: str
    line: int
    kind: str
    text: str


class Block(NamedTuple):
    """Text that belongs together, with the line it begins at."""

    line: int
    text: str


def main() -> int:
    """Compare with the baseline, or show the findings of the paths given."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("paths", nargs="*", type=Path, help="show each finding of these")
    arguments.add_argument("--update", action="store_true", help="write the baseline")
    chosen = arguments.parse_args()
    if chosen.paths:
        return show(chosen.paths)
    findings = [finding for path in files() for finding in findings_of(path)]
    counts = Counter(group_of(finding.path) for finding in findings)
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    if chosen.update:
        return update(counts, baseline)
    return compare(counts, baseline, findings)


def show(paths: list[Path]) -> int:
    """Print the findings of some files or folders."""
    wanted = [path.resolve() for path in paths]
    for path in files():
        if any(path == one or one in path.parents for one in wanted):
            for finding in findings_of(path):
                print(f"{finding.path}:{finding.line}: {finding.kind}: {finding.text}")
    return 0


def compare(counts: Counter[str], baseline: dict[str, int], findings: list[Finding]) -> int:
    """Print the worst files, and fail if a number has risen."""
    above = {group for group in counts if counts[group] > baseline.get(group, 0)}
    below = {group for group in baseline if counts[group] < baseline[group]}
    total, allowed = sum(counts.values()), sum(baseline.values())
    print(f"prose: {total} hard sentences and long lines, {allowed} in the baseline")
    for path, count in Counter(finding.path for finding in findings).most_common(5):
        print(f"  {count:5} {path}")
    for group in sorted(below):
        print(f"prose: {group} has {counts[group]}, the baseline {baseline[group]}: lower it with")
        print("  python tests/lint/prose.py --update")
    for group in sorted(above):
        print(f"prose: {group} has {counts[group]}, the baseline {baseline.get(group, 0)}: see")
        print(f"  python tests/lint/prose.py {group}")
    if above and total <= allowed:
        print("prose: the sum has not risen; if files have moved, use --update")
    return 1 if above else 0


def update(counts: Counter[str], baseline: dict[str, int]) -> int:
    """Write the counts, unless there are more in all than before.

    A folder may have more than before: files move, and take their sentences with them.
    """
    total, allowed = sum(counts.values()), sum(baseline.values())
    if baseline and total > allowed:
        print(f"prose: {total} in all, the baseline {allowed}: it is not raised", file=sys.stderr)
        return 1
    written = {group: count for group, count in sorted(counts.items()) if count}
    BASELINE.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print(f"prose: the baseline is {total}")
    return 0


def files() -> Iterator[Path]:
    """Yield each file to look at."""
    yield from (ROOT / name for name in DOCUMENTS)
    for folder in DOCUMENTS_BELOW:
        yield from sorted((ROOT / folder).rglob("*.md"))
    for folder in SOURCES:
        for suffix in ("rs", "py", "pyi"):
            yield from sorted((ROOT / folder).rglob(f"*.{suffix}"))


def group_of(path: str) -> str:
    """Return the name under which a file's findings are counted."""
    parts = Path(path).parts
    if parts[0] in SOURCES:
        # `src/parse/index.rs` counts for `src/parse`, `src/error.rs` for itself.
        return "/".join(parts[:2])
    return path


def findings_of(path: Path) -> Iterator[Finding]:
    """Yield the findings of one file."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    is_document = path.suffix == ".md"
    if is_document:
        blocks = list(document_blocks(text))
        for line, content in prose_lines(text):
            if len(content) > WIDTH and not content.startswith("|"):
                yield Finding(name, line, "width", f"{len(content)} columns")
    elif path.suffix == ".rs":
        blocks = list(rust_blocks(text))
    else:
        blocks = list(python_blocks(text))
    for block in blocks:
        yield from findings_in(name, block, has_phrases=name not in QUOTES)


def findings_in(name: str, block: Block, has_phrases: bool) -> Iterator[Finding]:
    """Yield the openings and phrases of one block."""
    # Code is not prose: a name or a message in backticks counts as one plain word.
    text = re.sub(r"`[^`]*`", "`code`", block.text)
    for match in OPENING.finditer(text):
        rest = text[match.start(1) :]
        if not QUESTION.match(rest):
            yield Finding(name, line_of(block, text, match.start(1)), "opening", shorten(rest))
    if not has_phrases:
        return
    # A word in italics and a quotation are left alone.
    unquoted = re.sub(r"(?<!\*)\*\w+\*(?!\*)|\"[^\"\n]*\"", lambda quote: "x" * len(quote[0]), text)
    for pattern, instead in FORBIDDEN:
        for match in pattern.finditer(unquoted):
            words = " ".join(match[0].split())
            line = line_of(block, text, match.start())
            yield Finding(name, line, "phrase", f"{words!r}: {instead}")


def line_of(block: Block, text: str, position: int) -> int:
    """Return the line of a position in a block's text."""
    return block.line + text.count("\n", 0, position)


def shorten(text: str) -> str:
    """Return the beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a document that are not code, with their numbers."""
    is_code = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, line


def document_blocks(text: str) -> Iterator[Block]:
    """Yield paragraphs, list items, headings and cells of a document."""
    start, lines, last = 0, [], 0
    for number, line in prose_lines(text):
        is_table = line.startswith("|")
        begins = re.match(r"\s*(?:[-*+] |\d+\. |#+ )", line)
        if lines and (begins or is_table or not line.strip() or number != last + 1):
            yield Block(start, "\n".join(lines))
            lines = []
        if is_table:
            yield from (Block(number, cell.strip()) for cell in line.strip("|").split("|"))
        elif line.strip():
            start = start if lines else number
            lines.append(line[begins.end() :] if begins else line.strip())
            if line.startswith("#"):
                yield Block(number, lines.pop())
        last = number
    if lines:
        yield Block(start, "\n".join(lines))


RUST_COMMENT = re.compile(r"^\s*(///|//!|//)(?!/)\s?(.*)$")


def rust_blocks(text: str) -> Iterator[Block]:
    """Yield the paragraphs of comments that stand on lines of their own."""
    start, marker, lines, is_code = 0, "", [], False
    for number, line in enumerate([*text.split("\n"), ""], 1):
        match = RUST_COMMENT.match(line)
        content = match[2] if match else ""
        if match and content.startswith("```"):
            is_code = not is_code
            content = ""
        if not match:
            is_code = False
        is_blank = not match or is_code or not content.strip()
        begins = bool(re.match(r"(?:[-*+] |\d+\. |#+ )", content))
        if lines and (is_blank or begins or (match and match[1] != marker)):
            yield Block(start, "\n".join(lines))
            lines = []
        if match and not is_blank:
            start, marker = (start, marker) if lines else (number, match[1])
            lines.append(re.sub(r"^(?:[-*+] |\d+\. |#+ )", "", content))


def python_blocks(text: str) -> Iterator[Block]:
    """Yield docstrings, by paragraph, and comments."""
    for node in ast.walk(ast.parse(text)):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            yield from paragraphs(first.lineno, str(first.value.value))
    start, last, lines = 0, 0, []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        number = token.start[0]
        if lines and number != last + 1:
            yield Block(start, "\n".join(lines))
            lines = []
        start = start if lines else number
        lines.append(token.string.lstrip("#: "))
        last = number
    if lines:
        yield Block(start, "\n".join(lines))


def paragraphs(line: int, text: str) -> Iterator[Block]:
    """Yield the paragraphs and list items of a docstring."""
    start, lines = line, []
    for offset, content in enumerate([*text.split("\n"), ""]):
        begins = bool(re.match(r"\s*[-*+] ", content))
        if lines and (begins or not content.strip()):
            yield Block(start, "\n".join(lines))
            lines = []
        if content.strip():
            start = start if lines else line + offset
            lines.append(re.sub(r"^[-*+] ", "", content.strip()))


if __name__ == "__main__":
    sys.exit(main())
