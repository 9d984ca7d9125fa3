#!/bin/sh
# Runs the tests of the pipeline and the sources under ThreadSanitizer.
#
# `std` must be instrumented too, or its locks and reference counts would look like races; so it is
# built anew, from Debian's sources. What `rtrb`, `rayon` and `crossbeam` do is watched like all else.
set -eu

cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/thread}
export CARGO_TARGET_DIR

fail() {
    echo "sanitize: $1" >&2
    exit 1
}

archive=$(rustc --print target-libdir)/librustc-stable_rt.tsan.a
[ -f "$archive" ] || fail "the compiler has no runtime for ThreadSanitizer: $archive"
host=$(rustc -vV | sed -n 's/^host: //p')
toolchain=$(tests/toolchain/debian.sh) || fail 'there is nothing to build std with'
LD_LIBRARY_PATH=$(echo "$toolchain"/usr/lib/*-linux-gnu*)
export LD_LIBRARY_PATH RUSTC="$toolchain/usr/bin/rustc" RUSTC_BOOTSTRAP=1
# Debian's compiler has no runtime of its own to link: rustup's is, before the C library.
runtime="-Zsanitizer=thread -Zexternal-clangrt -Zpre-link-args=-Wl,--whole-archive,$archive,--no-whole-archive"
export RUSTFLAGS="$runtime"
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only

# Is anything looked at? Two threads that write to one cell must be found.
mkdir -p "$CARGO_TARGET_DIR"
# shellcheck disable=SC2086 # the list is meant to be split
"$RUSTC" --edition 2024 $runtime -Cunsafe-allow-abi-mismatch=sanitizer \
    -o "$CARGO_TARGET_DIR/race" tests/sanitize/race.rs
if TSAN_OPTIONS=log_path=stdout "$CARGO_TARGET_DIR/race" >/dev/null; then
    fail 'a race that was made to be found was not'
fi

# Asking for more memory than there is fails, as it does without the sanitizer, and one test does.
tested() {
    TSAN_OPTIONS="allocator_may_return_null=1 suppressions=$PWD/tests/sanitize/races.supp print_suppressions=0" \
        "$cargo" test --target "$host" -Zbuild-std "$@"
}
tested --lib -- pipeline:: source:: owner:: parse:: stream:: reader::
tested --test it -- pipeline::
tested --test shutdown
echo 'sanitize: no data races'
