#!/usr/bin/env bash
# Catmandu's marc_spec: under a tag with a wildcard, a condition is checked on another field than the one it stands for.
#
# Expected: 65.$a{^2=\0} takes $a from the fields 65. whose second indicator is 0: a condition is on the same field.
# Happens:  the first 655 is judged by the first of all fields 65., the second by the second, and so on, because fields are
#           counted anew for each tag but looked up among all. Here a 655 with the indicator 7 is taken. For 650 alone it works.
# Matters:  65.$a{^2=\0} is how to ask for the headings of one thesaurus. Terms of others come along or headings are missing,
#           without an error, depending on the order of the fields in each record.
# Needs:    Debian 12's apt.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    libcatmandu-marc-perl libmarc-spec-perl | grep -E '^lib[a-z0-9.+-]*-perl$' | grep -v '^libcatmandu-marc-perl$' | sort -u)
# shellcheck disable=SC2086
apt-get download libcatmandu-marc-perl=1.281-1 $packages >/dev/null 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
root=$PWD/root/usr
PERL5LIB=$root/share/perl5:$(find "$root/lib" -type d -name perl5 | head -1):$(find "$root/lib" -maxdepth 3 -type d -path '*perl5/5*' | head -1)
export PERL5LIB
perl - <<'EOF' | tee found
use Catmandu::MARC;

my $record = {record => [
    ['LDR', ' ', ' ', '_', '00000nam a2200000   4500'],
    ['650', ' ', '0', 'a', 'Whales'],
    ['650', ' ', '7', 'a', 'Cetacea'],
    ['655', ' ', '7', 'a', 'Field guides'],
]};
print "Catmandu::MARC $Catmandu::MARC::VERSION, MARC::Spec $MARC::Spec::VERSION\n";
for my $spec ('650$a{^2=\0}', '65.$a{^2=\0}') {
    my $found = Catmandu::MARC->instance->marc_spec($record, $spec, {'-split' => 1});
    print "$spec: ", join(', ', map { ref $_ ? @$_ : $_ } @$found), "\n";
}
EOF
if test "$(tail -n 2 found)" != '650$a{^2=\0}: Whales
65.$a{^2=\0}: Whales, Field guides'; then
    echo "The behaviour has changed." >&2
    exit 1
fi
