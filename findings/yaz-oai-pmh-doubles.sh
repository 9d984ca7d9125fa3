#!/usr/bin/env bash
# yaz-marcdump: each record of an OAI-PMH answer comes out twice.
#
# Expected: reading MARCXML finds the MARC records of a file, also when an OAI-PMH answer is wrapped around them, or refuses it.
# Happens:  OAI-PMH and MARCXML both have an element called "record", in different namespaces. yaz-marcdump goes by the name
#           alone and gives the content of the outer and of the inner element. Its exit status is 0. pymarc gives each once.
# Matters:  saving the answers of an OAI-PMH server and converting them is the ordinary way to harvest. The file has twice as
#           many records, each in two equal copies.
# Needs:    Debian's apt and the libraries that libyaz5 depends on, found in most systems.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get download yaz=5.34.0-1 libyaz5=5.34.0-1 libwrap0 2>/dev/null >/dev/null
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find "$PWD/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
export LD_LIBRARY_PATH
cat >answer.xml <<'EOF'
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-01-01T00:00:00Z</responseDate>
<request verb="ListRecords" metadataPrefix="marc21">http://example.org/oai</request><ListRecords>
<record><header><identifier>oai:example.org:1</identifier><datestamp>2026-01-01</datestamp></header>
<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">000123</controlfield></record></metadata></record>
<record><header><identifier>oai:example.org:2</identifier><datestamp>2026-01-01</datestamp></header>
<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">000124</controlfield></record></metadata></record>
</ListRecords></OAI-PMH>
EOF
root/usr/bin/yaz-marcdump -V
root/usr/bin/yaz-marcdump -i marcxml -o line answer.xml | tee lines
found=$(grep '^001' lines | paste -sd ' ')
unset LD_LIBRARY_PATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: pymarc==5.4.0
venv/bin/python - <<'EOF' | tee once
import pymarc

print("pymarc 5.4.0:", *(record["001"].data for record in pymarc.parse_xml_to_array("answer.xml")))
EOF
if test "$found" != "001 000123 001 000123 001 000124 001 000124" ||
    test "$(cat once)" != "pymarc 5.4.0: 000123 000124"; then
    echo "The behaviour has changed." >&2
    exit 1
fi
