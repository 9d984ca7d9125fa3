#!/usr/bin/env bash
# langcodes: a language code that MARC has withdrawn is read as another language, and as a valid one.
#
# Expected: old MARC codes such as "gag" (Galician, now glg) are unknown to a library for language tags, or replaced.
# Happens:  where ISO 639-3 later gave the code to another language, langcodes answers with that language and is_valid() is true.
#           Codes that became IETF aliases ("scr") are replaced, and the codes of today ("ger") work, which hides the fault.
# Matters:  records made before the codes changed still hold them in 008 and 041. Statistics then show Gagauz for Galician,
#           Rigwe for Irish and Malo for Malagasy. Map the withdrawn codes before looking names up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: langcodes==3.5.1 language-data==1.4.0
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import langcodes

# The withdrawn MARC code, its language in MARC, and the language that langcodes gives.
codes = [
    ("cam", "Khmer", "Cemuhî"),
    ("far", "Faroese", "Fataleka"),
    ("gag", "Galician", "Gagauz"),
    ("iri", "Irish", "Rigwe"),
    ("max", "Manx", "North Moluccan Malay"),
    ("mla", "Malagasy", "Malo"),
    ("sao", "Samoan", "Sause"),
    ("tag", "Tagalog", "Tagoi"),
    ("taj", "Tajik", "Eastern Tamang"),
]
for name in ("langcodes", "language-data"):
    print(name, importlib.metadata.version(name))
same = True
for code, in_marc, expected in codes:
    language = langcodes.Language.get(code)
    print(f"{code}: MARC {in_marc}; langcodes {language.display_name()}, valid: {language.is_valid()}")
    same = same and (language.display_name(), language.is_valid()) == (expected, True)
for code in ("scr", "ger"):
    print(f"{code}: {langcodes.Language.get(code).display_name()}")
    same = same and langcodes.Language.get(code).display_name() == {"scr": "Croatian", "ger": "German"}[code]
if not same:
    sys.exit("The behaviour has changed.")
EOF
