#!/usr/bin/env bash
# pymarc's MARCXML and Beautiful Soup, and ftfy: the non-sorting marks U+0098 and U+009C become the letters "˜" and "œ".
#
# Expected: an XML character reference (&#152;) means the same character to every parser, and a repair of broken text
#           leaves sound text alone.
# Happens:  pymarc's record_to_xml writes the marks as &#152; and &#156;, which XML reads as U+0098 and U+009C. HTML defines
#           these two references as Windows-1252, and Beautiful Soup's HTML parsers follow HTML, also for XML. ftfy takes
#           the characters themselves for Windows-1252.
# Matters:  the marks are valid in MARC 21 and UNIMARC and common in German data. The first letter of such a title becomes "˜",
#           and a real "œ" cannot be told from a broken mark afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    pymarc==5.4.0 beautifulsoup4==4.15.0 lxml==6.1.3 ftfy==6.3.1
venv/bin/python - <<'EOF'
import importlib.metadata
import sys
import xml.etree.ElementTree as etree

import ftfy
from bs4 import BeautifulSoup
from pymarc import Field, Record, Subfield, record_to_xml

title = "\x98Der\x9c Zauberberg"
record = Record(leader="00000nam a2200000 a 4500")
record.add_field(Field("245", ["1", "0"], [Subfield("a", title)]))
xml = record_to_xml(record)

for name in ("pymarc", "beautifulsoup4", "lxml", "ftfy"):
    print(name, importlib.metadata.version(name))
print(xml[-86:].decode())
seen = {"ElementTree": etree.fromstring(xml).find("datafield/subfield").text}
for parser in ("lxml-xml", "lxml", "html.parser"):
    seen[f"Beautiful Soup, {parser}"] = BeautifulSoup(xml, parser).find("subfield").text
seen["ftfy.fix_text"] = ftfy.fix_text(title)
for name, text in seen.items():
    print(f"{name}:", ascii(text))
if list(seen.values()) != [title, title] + ["˜Derœ Zauberberg"] * 3:
    sys.exit("The behaviour has changed.")
EOF
