#!/bin/sh
# Holds the dependencies to deny.toml, and looks for known vulnerabilities in them and in the
# development tools of requirements-dev.txt.
#
# Licences, sources and versions need no network. The lists of vulnerabilities do: where they cannot
# be had this says so in its last lines and does not fail, so that no silence means "not looked".
set -eu

cd "$(dirname "$0")/../.."
deny=${CARGO_DENY:-cargo-deny}
pip_audit=${PIP_AUDIT:-pip-audit}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
status=0

advisories=
if "$deny" --log-level off fetch db; then advisories=advisories; fi
for manifest in Cargo.toml fuzz/Cargo.toml; do
    echo "audit: $manifest"
    # shellcheck disable=SC2086 # empty, or one check more
    "$deny" --log-level warn --config deny.toml --manifest-path "$manifest" check \
        licenses bans sources $advisories || status=1
done

echo 'audit: requirements-dev.txt'
"$pip_audit" --disable-pip --no-deps --progress-spinner off --vulnerability-service pypi \
    --requirement requirements-dev.txt >"$found" 2>/dev/null || status=1
# pip-audit passes over what it has no answer for, and calls that success.
skipped=$(grep -c 'could not be audited' "$found" || true)
grep -v -e 'could not be audited' -e '^Name  *Skip Reason' -e '^---' "$found" || true

[ -n "$advisories" ] ||
    echo 'audit: the RustSec database could not be fetched: crates were NOT checked for vulnerabilities'
[ "$skipped" = 0 ] ||
    echo "audit: PyPI tells nothing of $skipped packages: they were NOT checked for vulnerabilities"
exit "$status"
