#!/usr/bin/env bash
# goldrush: composed and decomposed letters give one key in a title, and two keys in a publisher or a part number.
#
# Expected: a match key is the same for a record in both normal forms of Unicode, as it is for titles.
# Happens:  goldrush 0.6.0 gives the title one normal form. It cuts the publisher to 5 characters and the part number
#           (245 $n) to 10 as they are written, so a combining mark takes the place of a letter.
# Matters:  a record converted from MARC-8 is decomposed, and the same record from a UTF-8 system is often composed.
#           The key exists to find such pairs; with an accent in the publisher's name they are different books.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check goldrush==0.6.0 pymarc==5.4.0
venv/bin/python - <<'END'
import sys
import unicodedata
from importlib.metadata import version

from goldrush import goldrush
from pymarc import Field, Indicators, Leader, Record, Subfield


def key(form: str, title: str, number: str, publisher: str) -> str:
    def text(value: str) -> str:
        return unicodedata.normalize(form, value)

    record = Record()
    record.leader = Leader("00000nam a2200000   4500")
    record.add_field(Field("008", data="240101s2023    fr            001 0 fre d"))
    title_parts = [Subfield("a", text(title)), Subfield("n", text(number))]
    record.add_field(Field("245", Indicators("1", "0"), title_parts))
    imprint = [Subfield("b", text(publisher)), Subfield("c", "2023")]
    record.add_field(Field("264", Indicators(" ", "1"), imprint))
    return goldrush(record)


print("goldrush", version("goldrush"))
found = {}
for name, values in {
    "title": ("École", "1", "Dupont"),
    "part number": ("Annales", "été", "Dupont"),
    "publisher": ("Annales", "1", "Éditions"),
}.items():
    keys = [key(form, *values) for form in ("NFC", "NFD")]
    found[name] = keys[0] == keys[1]
    print(f"{name}: {values}: {'one key' if found[name] else 'two keys'}")
    for one in keys:
        print(f"    {one!a}")
if found != {"title": True, "part number": False, "publisher": False}:
    sys.exit("The behaviour has changed.")
END
