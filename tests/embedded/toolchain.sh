#!/bin/sh
# Builds `examples/embedded.rs` as a firmware for a Cortex-M3 (thumbv7m-none-eabi).
#
# If rustup has the target (`rustup target add thumbv7m-none-eabi`), that is all it takes. If not,
# this fetches a compiler with the sources of its library from Debian, unpacks it into a cache (no
# package is installed, and root is not needed), and builds `core` for the target first.
set -eu

target=thumbv7m-none-eabi
here=$(cd "$(dirname "$0")" && pwd)
cargo=${CARGO:-cargo}
host_rustc=${RUSTC:-rustc}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/../../target/embedded}
export CARGO_TARGET_DIR

# The compiler, the libraries it is linked to, `std` for build scripts, and the source of `core`.
packages='rustc-web libstd-rust-web-dev rust-web-src libllvm22'

fail() {
    echo "embedded: $1" >&2
    exit 1
}

# Prints the version of the compiler that Debian offers, if the packages fit together.
offered_version() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    version=$(LC_ALL=C apt-cache policy rustc-web | sed -n 's/^  Candidate: //p')
    case $version in
    '' | '(none)') return 1 ;;
    *) echo "$version" ;;
    esac
}

# Unpacks the packages into the directory $1.
fetch() {
    # The package of the shared libraries has the version in its name.
    libraries=$(LC_ALL=C apt-cache depends libstd-rust-web-dev |
        sed -n 's/^ *Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p' | head -n 1)
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "embedded: fetching $packages $libraries"
    # shellcheck disable=SC2086 # the list is meant to be split
    (cd "$work" && apt-get -q -o APT::Sandbox::User=root download $packages $libraries) ||
        fail 'apt could not download the packages; try again after "apt-get update"'
    mkdir "$work/unpacked"
    for package in "$work"/*.deb; do
        # Of the sources, only the library's are needed: the rest is half a gigabyte.
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/unpacked" \
            --anchored --no-wildcards-match-slash --exclude='./usr/share' \
            --exclude='./usr/src/*/compiler' --exclude='./usr/src/*/src' --exclude='./usr/src/*/tests'
    done
    mv "$work/unpacked" "$1"
}

if [ -d "$("$host_rustc" --print target-libdir --target "$target")" ]; then
    echo "embedded: using the installed target $target"
    "$cargo" build --release --target "$target" --manifest-path "$here/Cargo.toml"
else
    version=$(offered_version) || fail "the target $target is not installed
and apt offers no package rustc-web to build it with (Debian 12 or later; lists up to date?).
Where rustup can download: rustup target add $target"
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemarc
    toolchain=$cache/rustc-web-$version
    [ -d "$toolchain" ] || fetch "$toolchain"
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
