#!/bin/sh
# Prints a directory with a Rust compiler of Debian's and the source of its library, for what must
# build `core` or `std` anew where rustup can download neither targets nor sources.
#
# The packages are unpacked into a cache; none is installed, and root is not needed.
set -eu

# The compiler, the libraries it is linked to, `std` for build scripts, and the source of `core`.
packages='rustc-web libstd-rust-web-dev rust-web-src libllvm22'

fail() {
    echo "toolchain: $1" >&2
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
    echo "toolchain: fetching $packages $libraries" >&2
    # shellcheck disable=SC2086 # the list is meant to be split
    (cd "$work" && apt-get -q -o APT::Sandbox::User=root download $packages $libraries >&2) ||
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

version=$(offered_version) ||
    fail 'apt offers no package rustc-web (Debian 12 or later; are the lists up to date?)'
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemarc
toolchain=$cache/rustc-web-$version
[ -d "$toolchain" ] || fetch "$toolchain"
echo "$toolchain"
