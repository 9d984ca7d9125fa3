#!/usr/bin/env bash
# Sickle and oaipmh-scythe: the metadata of a MARCXML record has no tags and no subfield codes.
#
# Expected: record.metadata, the documented way to the data of a harvested OAI-PMH record, tells an author from a title.
# Happens:  attributes are dropped, and MARCXML keeps tags, indicators and subfield codes in attributes. All that is left is
#           one list of the texts of all subfields of all fields, and a None for each data field.
# Matters:  for Dublin Core the same property is complete. A harvest of MARC kept as metadata cannot be repaired; only
#           record.raw and record.xml hold the data.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: sickle==0.7.0 oaipmh-scythe==0.16.0 lxml==6.1.3
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import oaipmh_scythe.models
import sickle.models
from lxml import etree

xml = """<record xmlns="http://www.openarchives.org/OAI/2.0/">
<header><identifier>oai:example.org:1</identifier><datestamp>2026-01-01</datestamp></header>
<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">000123</controlfield>
<datafield tag="100" ind1="1" ind2=" "><subfield code="a">Joyce</subfield></datafield>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Ulysses</subfield></datafield>
<datafield tag="600" ind1="0" ind2="0"><subfield code="a">Homer</subfield></datafield>
</record></metadata></record>"""

expected = {
    "leader": ["00000nam a2200000 a 4500"],
    "controlfield": ["000123"],
    "datafield": [None, None, None],
    "subfield": ["Joyce", "Ulysses", "Homer"],
}
same = True
for name, models in (("sickle", sickle.models), ("oaipmh-scythe", oaipmh_scythe.models)):
    metadata = models.Record(etree.fromstring(xml)).metadata
    print(name, importlib.metadata.version(name), metadata)
    # Blank text between the elements is of no interest here.
    metadata = {key: [text and text.strip() or None for text in texts] for key, texts in metadata.items()}
    same = same and metadata == expected
if not same:
    sys.exit("The behaviour has changed.")
EOF
