#!/bin/sh
# Builds `examples/embedded.rs` as a firmware for a Cortex-M3 (thumbv7m-none-eabi).
#
# If rustup has the target (`rustup target add thumbv7m-none-eabi`), that is all it takes. If not,
# this takes a compiler with the sources of its library from Debian and builds `core` for the target
# first.
set -eu

target=thumbv7m-none-eabi
here=$(cd "$(dirname "$0")" && pwd)
cargo=${CARGO:-cargo}
host_rustc=${RUSTC:-rustc}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/../../target/embedded}
export CARGO_TARGET_DIR

fail() {
    echo "embedded: $1" >&2
    exit 1
}

if [ -d "$("$host_rustc" --print target-libdir --target "$target")" ]; then
    echo "embedded: using the installed target $target"
    "$cargo" build --release --target "$target" --manifest-path "$here/Cargo.toml"
else
    toolchain=$("$here/../toolchain/debian.sh") || fail "the target $target is not installed, and
there is nothing to build it with. Where rustup can download: rustup target add $target"
    # Debian's compiler brings no linker for the target; every toolchain of rustup does.
    host=$("$host_rustc" -vV | sed -n 's/^host: //p')
    linker=$("$host_rustc" --print sysroot)/lib/rustlib/$host/bin/rust-lld
    [ -x "$linker" ] || linker=$(command -v ld.lld) || fail 'neither rust-lld nor ld.lld was found'
    libraries=$(echo "$toolchain"/usr/lib/*-linux-gnu*)
    echo "embedded: using $toolchain"
    LD_LIBRARY_PATH=$libraries RUSTC="$toolchain/usr/bin/rustc" RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER="$linker" \
        "$cargo" build --release --target "$target" --manifest-path "$here/Cargo.toml" \
        -Z build-std=core
fi
echo "embedded: built $CARGO_TARGET_DIR/$target/release/embedded"
