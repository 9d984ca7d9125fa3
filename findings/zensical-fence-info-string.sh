#!/usr/bin/env bash
# Zensical: a code block whose first line has two words swallows the headings after it.
#
# Expected: "```python spark" begins a code block, as in CommonMark and on every forge: the first word is the language, and
#           the rest is free for tools. Rust's "```rust,no_run" is used in the same way.
# Happens:  the block is not recognised, so its last line begins a block instead. All text up to the next "```" becomes
#           code, and headings in it disappear from the page, its table of contents and the anchors. The build succeeds, also
#           with --strict.
# Matters:  a page loses sections without a message. A copy of the documents without the second word helps; so does
#           comparing the numbers of headings and code blocks with those of a parser of CommonMark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zensical==0.0.73 markdown-it-py==4.3.0
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -E '^(zensical|pymdown-extensions|markdown-it-py) '
mkdir docs
cat >docs/index.md <<'END'
# Page

## First

```python spark
one()
```

## Second

```python
two()
```

## Third
END
printf '[project]\nsite_name = "Site"\n[project.markdown_extensions]\npymdownx.superfences = {}\n' >zensical.toml
venv/bin/zensical build --strict >build.log || { cat build.log && exit 1; }
venv/bin/python - <<'EOF_PYTHON'
import re
import sys

import markdown_it

page = open("site/index.html", encoding="utf-8").read()
article = page[page.index("<article") : page.index("</article>")]
common = markdown_it.MarkdownIt().render(open("docs/index.md", encoding="utf-8").read())
expected = re.findall(r"<h2>(.*?)</h2>", common)
found = re.findall(r'<h2 id="[^"]*">([^<]*)', article)
print("headings by CommonMark:", expected)
print("headings by Zensical:  ", found)
if (expected, found) != (["First", "Second", "Third"], ["First", "Third"]):
    sys.exit("The behaviour has changed.")
EOF_PYTHON
