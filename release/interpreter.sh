#!/bin/sh
# Prints a Python that a wheel of another machine, or of musl, can be tried with:
# `interpreter.sh gnu-aarch64`, `musl-x86_64`, `musl-aarch64`.
#
# Everything comes from Debian and is unpacked into a cache; nothing is installed, and root is not
# needed. Another machine's programs run under qemu. Debian has no Python for musl, so zig compiles
# one from Debian's source (some minutes, once); it has the modules that need no other library.
set -eu

name=$1
libc=${name%%-*}
machine=${name#*-}
host=$(uname -m)
python=${PYTHON:-python3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemarc/interpreters
root=$cache/$machine

fail() {
    echo "interpreter: $1" >&2
    exit 1
}

command -v apt-get >/dev/null || fail 'this needs the apt of Debian'
case $machine in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) fail "unknown machine $machine" ;;
esac

# Runs apt-get with lists and state of its own, for the architecture $1.
apt() {
    apt_state=$cache/apt-$1
    shift
    mkdir -p "$apt_state/lists/partial" "$apt_state/archives/partial"
    : >"$apt_state/status"
    apt-get -q -o APT::Architecture="${apt_state##*-}" -o APT::Architectures="${apt_state##*-}" \
        -o Dir::State="$apt_state" -o Dir::State::status="$apt_state/status" \
        -o Dir::Cache="$apt_state" -o APT::Sandbox::User=root "$@" >&2
}

# Downloads packages $2… of the architecture $1 with all that they need, and unpacks them into $root.
unpack() {
    unpack_architecture=$1
    shift
    apt "$unpack_architecture" update
    apt "$unpack_architecture" --yes --no-install-recommends --download-only install "$@"
    mkdir -p "$root.new"
    for package in "$cache/apt-$unpack_architecture/archives"/*.deb; do
        dpkg-deb --extract "$package" "$root.new"
    done
}

# Prints the words before a program of the machine that start it with $0 as the name of its process.
emulator() {
    [ "$machine" != "$host" ] || return 0
    qemu=$(command -v "qemu-$machine-static" || true)
    if [ -z "$qemu" ]; then
        qemu=$cache/qemu/usr/bin/qemu-$machine-static
        if [ ! -x "$qemu" ]; then
            (mkdir -p "$cache/qemu" && cd "$cache/qemu" &&
                apt-get -q -o APT::Sandbox::User=root download qemu-user-static >&2 &&
                dpkg-deb --extract qemu-user-static_*.deb . && rm qemu-user-static_*.deb)
        fi
    fi
    echo "$qemu -0 \"\$0\" -L $root"
}

# Writes the script $1 that runs $2. Python finds its environment by the name of its process, so a
# script that stands in for an interpreter passes its own name on.
write_starter() {
    printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$1"
    chmod +x "$1"
}

# Compiles a Python for musl into $root/musl.
compile() {
    sources=$cache/apt-source
    mkdir -p "$sources/parts" "$sources/lists/partial"
    # The same places as those of the packages, but for sources.
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed 's/^Types: deb$/Types: deb-src/; s/^deb /deb-src /' "$list" \
            >"$sources/parts/$(basename "$list")"
    done
    (
        cd "$sources"
        sourcely() {
            apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$sources/parts" \
                -o Dir::State="$sources" -o Dir::Cache="$sources" -o APT::Sandbox::User=root "$@" >&2
        }
        sourcely update
        sourcely --download-only --tar-only source python3.11
        tar -xzf python3.11_*.orig.tar.gz
    )
    build=$cache/build-$machine
    rm -rf "$build"
    mkdir "$build"
    # `configure` of 3.11 knows only glibc, and stops if the compiler names another library. Asked
    # for its folders of headers, zig names those of this machine. It refuses the date that Python
    # has in its banner.
    cat >"$build/cc" <<END
#!/bin/sh
case "\$*" in *print-multiarch* | *'-E -v -'*) exit 0 ;; esac
exec $python -m ziglang cc -target $machine-linux-musl -dynamic "\$@" -w -Wno-error=date-time
END
    write_starter "$build/ar" "$python -m ziglang ar"
    # Where Python's own build asks for the headers of this machine, there is no answer.
    mkdir "$build/bin"
    printf '#!/bin/sh\nexit 1\n' >"$build/bin/dpkg-architecture"
    chmod +x "$build/cc" "$build/bin/dpkg-architecture"
    PATH=$build/bin:$PATH
    cd "$build"
    # It also wants the programs for another machine named; those of this one read every ELF file.
    # zig's musl is newer than Debian's, and has two functions more.
    configure=$(echo "$sources"/Python-3.11*/configure)
    "$configure" -q CC="$build/cc" AR="$build/ar" READELF="$(command -v readelf)" CFLAGS=-O1 \
        --host="$machine-linux-musl" --build="$host-pc-linux-gnu" \
        --with-build-python="$build_python" --prefix="$root/musl" \
        --without-ensurepip --disable-test-modules --disable-ipv6 \
        ac_cv_file__dev_ptmx=no ac_cv_file__dev_ptc=no \
        ac_cv_func_preadv2=no ac_cv_func_pwritev2=no >&2
    make -s -j2 >&2
    make -s install >/dev/null
}

case $libc in
gnu)
    if [ ! -x "$root/usr/bin/python" ]; then
        [ -d "$root" ] || { unpack "$architecture" python3 musl && mv "$root.new" "$root"; }
        write_starter "$root/usr/bin/python" "$(emulator) $root/usr/bin/python3.11"
    fi
    echo "$root/usr/bin/python"
    ;;
musl)
    if [ ! -x "$root/musl/bin/python" ]; then
        [ -d "$root" ] || { unpack "$architecture" python3 musl && mv "$root.new" "$root"; }
        build_python=$(command -v python3.11) ||
            fail 'a Python for musl is compiled with a Python 3.11 of this machine'
        (compile)
        write_starter "$root/musl/bin/python" \
            "$(emulator) $root/lib/ld-musl-$machine.so.1 --argv0 \"\$0\" $root/musl/bin/python3.11"
    fi
    echo "$root/musl/bin/python"
    ;;
*) fail "unknown name $name" ;;
esac
