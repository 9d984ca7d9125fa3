#!/usr/bin/env bash
# Cargo: a crate that is unpacked over an earlier one is not compiled again.
#
# Expected: `cargo build` compiles a source file whose content has changed.
# Happens:  every file in the archives of `cargo package` and `maturin sdist` has one date, in July 2006. tar keeps it, and
#           cargo compares only dates: a file older than the last build has not changed. With the same version number, the
#           build ends with "Finished", and the program is the earlier one.
# Matters:  scripts that build a release from its archive, change something and try again, test the earlier state. Unpacking
#           without dates (`tar -m`) helps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
cargo init --quiet --vcs none --name example project
edit() {
    echo "fn main() { println!(\"$1\"); }" >project/src/main.rs
    cargo package --quiet --allow-dirty --no-verify --manifest-path project/Cargo.toml 2>/dev/null
}
try() {
    tar "$@" -xzf project/target/package/example-0.1.0.crate
    CARGO_TARGET_DIR=$folder/target cargo run --quiet --manifest-path example-0.1.0/Cargo.toml
}
edit first
first=$(try)
edit second
with_dates=$(try)
without_dates=$(try -m)
tar -tvzf project/target/package/example-0.1.0.crate example-0.1.0/src/main.rs
echo "unpacked:                              $first"
echo "changed and unpacked:                  $with_dates"
echo "changed and unpacked, tar -m:          $without_dates"
if [[ $first != first || $with_dates != first || $without_dates != second ]]; then
    echo 'The behaviour has changed.' >&2
    exit 1
fi
