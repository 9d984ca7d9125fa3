#!/bin/sh
# Line coverage: `run.sh tests` by the test suite, `run.sh fuzz` by what fuzzing has found so far.
#
# The compiler counts what it ran, `llvm-cov` says which lines those are, `report.py` adds them up
# and holds what the tests cover of framing and parsing to 95 %. llvm-cov must be of the compiler's
# own LLVM: rustup's component llvm-tools, or Debian's package, which is unpacked into the cache and
# not installed.
set -eu

cd "$(dirname "$0")/../.."
what=${1:?tests or fuzz}
cargo=${CARGO:-cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/coverage}
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
export CARGO_TARGET_DIR

fail() {
    echo "coverage: $1" >&2
    exit 1
}

# Sets `tools` to a directory with llvm-cov and llvm-profdata, and `libraries` to what they need.
find_tools() {
    libraries=${LD_LIBRARY_PATH-}
    tools=$(rustc --print target-libdir)/../bin
    [ -x "$tools/llvm-cov" ] && return
    major=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemarc/llvm-$major
    if ! [ -d "$cache" ]; then
        hint="there is no llvm-cov for LLVM $major: rustup component add llvm-tools"
        command -v apt-get >/dev/null || fail "$hint"
        mkdir -p "${cache%/*}"
        work=$(mktemp -d "${cache%/*}/fetch.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        (cd "$work" && apt-get -q -o APT::Sandbox::User=root download "llvm-$major" "libllvm$major") ||
            fail "$hint, or apt-get update"
        mkdir "$work/unpacked"
        for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/unpacked"; done
        mv "$work/unpacked" "$cache"
        rm -rf "$work"
    fi
    tools=$cache/usr/lib/llvm-$major/bin
    libraries=$(echo "$cache"/usr/lib/*-linux-gnu)
}

find_tools
profiles=$CARGO_TARGET_DIR/profiles-$what
rm -rf "$profiles"
# %m: the runs of one program add to one file.
export LLVM_PROFILE_FILE="$profiles/%m.profraw"
export RUSTFLAGS=-Cinstrument-coverage CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=line-tables-only

least=
if [ "$what" = tests ]; then
    least=95
    built=$("$cargo" test --no-run --message-format=json)
    "$cargo" test
else
    # The targets as programs that read each file once: libFuzzer needs its instrumentation only to
    # find new ones.
    export RUSTFLAGS="$RUSTFLAGS --cfg fuzzing" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1
    built=$("$cargo" build --release --manifest-path fuzz/Cargo.toml --message-format=json)
fi
programs=$(printf '%s\n' "$built" | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
if [ "$what" = fuzz ]; then
    corpus=${FUZZ_CORPUS:-fuzz/corpus}
    for program in $programs; do
        target=${program##*/}
        mkdir -p "$corpus/$target"
        set -- "$corpus/$target" "fuzz/seeds/$target" "fuzz/found/$target"
        echo "coverage: $target: $(find "$@" -type f | wc -l) inputs"
        "$program" -runs=0 -verbosity=0 "$@"
    done
fi

LD_LIBRARY_PATH=$libraries "$tools/llvm-profdata" merge --sparse -o "$profiles/all" "$profiles"/*.profraw
objects=
for program in $programs; do objects="$objects --object $program"; done
# shellcheck disable=SC2086 # the list is meant to be split
LD_LIBRARY_PATH=$libraries "$tools/llvm-cov" export --format lcov --instr-profile "$profiles/all" \
    $objects --sources "$PWD/src" >"$CARGO_TARGET_DIR/$what.lcov"
# shellcheck disable=SC2086 # a number, or nothing
"${PYTHON:-python3}" tests/coverage/report.py "$CARGO_TARGET_DIR/$what.lcov" $least
