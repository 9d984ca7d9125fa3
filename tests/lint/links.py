"""Check that each link within the documents leads to a file, and to a heading if it names one.

`python links.py` reads all Markdown files of the repository. Links to other addresses are not
followed. `make site` checks the links of the built pages; their navigation is checked here, too: it
has every page of `docs`.
"""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from prose import ROOT, prose_lines

HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
CODE = re.compile(r"(`+).*?\1")
# The destination of `[text](destination "title")` and of `[label]: destination`.
LINK = re.compile(r"\]\(<?([^\s)>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+<?([^\s>]+)")


def main() -> int:
    """Print each link that leads nowhere."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    found = [problem for path in paths if path.exists() for problem in broken_links(path)]
    found += unlisted_pages()
    for problem in found:
        print(f"links: {problem}")
    print(f"links: {len(paths)} documents, {len(found)} problems")
    return min(len(found), 1)


def broken_links(path: Path) -> Iterator[str]:
    """Yield a problem for each link of a document that leads nowhere."""
    for number, line in prose_lines(path.read_text(encoding="utf-8")):
        for match in LINK.finditer(CODE.sub("", line)):
            link = match[1] or match[2]
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = path.parent / unquote(name) if name else path
            place = f"{path.relative_to(ROOT)}:{number}: {link}"
            if not target.exists():
                yield f"{place}: no such file"
            elif anchor and unquote(anchor) not in anchors(target):
                yield f"{place}: no such heading"


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors that a host of repositories gives to the headings of a document."""
    found: set[str] = set()
    repeats: Counter[str] = Counter()
    if path.suffix != ".md":
        return found
    for _, line in prose_lines(path.read_text(encoding="utf-8")):
        if heading := HEADING.match(line):
            # A link in a heading counts with its text only.
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            found.add(f"{anchor}-{repeats[anchor]}" if repeats[anchor] else anchor)
            repeats[anchor] += 1
    return found


def unlisted_pages() -> Iterator[str]:
    """Yield a problem for each page of `docs` that the navigation of the site lacks."""

    def entries(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | dict):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from entries(inner)

    config = tomllib.loads((ROOT / "site" / "zensical.toml").read_text(encoding="utf-8"))
    listed = set(entries(config["project"]["nav"]))
    for path in sorted((ROOT / "docs").glob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        if name not in listed:
            yield f"{name}: not in the navigation of site/zensical.toml"


if __name__ == "__main__":
    sys.exit(main())
