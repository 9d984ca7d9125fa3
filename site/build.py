"""Build the documents of this repository as a site, and check it.

`python build.py FOLDER`, with a Python that has zensical and markdown-it-py. FOLDER receives
`pages`, a copy of the documents, and `site`, the result. Two checks follow:

- every link within the site leads to a page, a file or an anchor that exists;
- every page has the headings, list items, tables, code blocks and images that CommonMark finds in
  its document: the renderer of zensical is not CommonMark.
"""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# Documents, and the files that documents link to. Folders keep their places, and links work.
PAGES = [
    "*.md", "LICENSE-*", "docs/**/*.md", "docs/images/*", "benches/*.md", "examples/*.rs",
    "findings/*",
]  # fmt: skip
COUNTED = {"h1", "h2", "h3", "h4", "h5", "h6", "li", "table", "pre", "img", "blockquote"}


def main(folder: Path) -> int:
    """Build the site, and return 1 if a check finds something."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    documents = lay_out(pages)
    config = folder / "zensical.toml"
    shutil.copy(HERE / "zensical.toml", config)
    zensical = Path(sys.executable).with_name("zensical")
    command = [zensical, "build", "--clean", "--strict", "--config-file", config]
    if subprocess.run(command, cwd=folder).returncode != 0:
        return 1
    built = {path: Page(path) for path in sorted((folder / "site").rglob("*.html"))}
    found = [
        *broken_links(folder / "site", built),
        *lost_structure(pages, folder / "site", documents, built),
    ]
    for problem in found:
        print(f"site: {problem}", file=sys.stderr)
    print(f"site: {len(built)} pages in {folder / 'site'}, {len(found)} problems")
    return min(len(found), 1)


def lay_out(pages: Path) -> list[Path]:
    """Copy everything into the folder, and return the paths of the documents in it."""
    documents = []
    for source in sorted({path for pattern in PAGES for path in ROOT.glob(pattern)}):
        path = source.relative_to(ROOT)
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            documents.append(path)
            (pages / path).write_text(plain_fences(source.read_text(encoding="utf-8")), "utf-8")
        else:
            shutil.copy(source, pages / path)
    return documents


def plain_fences(text: str) -> str:
    """Reduce what follows the language of a code block, which zensical takes for no block then."""
    lines = text.split("\n")
    is_code = False
    for number, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            is_code = not is_code
            if is_code:
                lines[number] = line.split()[0].split(",")[0]
    return "\n".join(lines)


class Page(HTMLParser):
    """The anchors, the links and the structure of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.counts: Counter[str] = Counter()
        self.in_article = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take the anchor, the link and the kind of an element."""
        for name, value in attributes:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)
        if tag == "article":
            self.in_article = True
        elif tag in COUNTED and self.in_article:
            self.counts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave the text of the page."""
        if tag == "article":
            self.in_article = False


def broken_links(site: Path, built: dict[Path, Page]) -> Iterator[str]:
    """Yield a problem for each link within the site that leads nowhere."""
    for path, page in built.items():
        for link in page.links:
            parts = urlsplit(link)
            # Icons are written into the page; 404.html stands for any address.
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                yield f"{path.relative_to(site)}: {link} does not exist"
            elif parts.fragment and unquote(parts.fragment) not in anchors_of(target, built):
                yield f"{path.relative_to(site)}: {link} has no such anchor"


def anchors_of(target: Path, built: dict[Path, Page]) -> set[str]:
    """Return the anchors of a page; other files have none."""
    return built[target].anchors if target in built else set()


def lost_structure(
    pages: Path, site: Path, documents: list[Path], built: dict[Path, Page]
) -> Iterator[str]:
    """Yield a problem for each page with another structure than its document."""
    parser = MarkdownIt("commonmark").enable("table")
    for document in documents:
        expected: Counter[str] = Counter()
        for token in parser.parse((pages / document).read_text(encoding="utf-8")):
            if token.nesting == 1 and token.tag in COUNTED:
                expected[token.tag] += 1
            elif token.type in ("fence", "code_block"):
                expected["pre"] += 1
            for inner in token.children or []:
                expected["img"] += inner.type == "image"
        name = "index" if document.stem == "README" else document.stem
        counts = built[site / document.with_name(f"{name}.html")].counts
        for tag in sorted(COUNTED):
            if counts[tag] != expected[tag]:
                yield f"{document}: {counts[tag]} elements <{tag}>, CommonMark has {expected[tag]}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve()))
