#!/usr/bin/env bash
# zig cc: a program for musl that prints its last argument does not start with musl 1.2.3.
#
# Expected: a dynamic program for x86_64-linux-musl needs the functions that it calls, and runs on every musl 1.2.
# Happens:  without -O, zig adds its runtime for the sanitizer of undefined behaviour. That calls statx, a function of musl
#           since 1.2.4: "Error relocating: statx: symbol not found". With -O1, or -fno-sanitize=undefined, the program runs.
# Matters:  musl has no versions of symbols, so neither the linker nor an audit of a wheel sees it. Alpine 3.17 and Debian 12
#           have musl 1.2.3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ziglang==0.17.0
echo "zig $(venv/bin/python -m ziglang version)"
apt-get -q -o APT::Sandbox::User=root download musl >/dev/null
dpkg-deb --extract musl_*.deb root
loader=$folder/root/lib/ld-musl-x86_64.so.1
("$loader" 2>&1 || true) | sed -n 's/^Version/musl/p'
printf '#include <stdio.h>\nint main(int count, char **words) { puts(words[count - 1]); return 0; }\n' >program.c
try() {
    venv/bin/python -m ziglang cc -target x86_64-linux-musl -dynamic "$@" program.c -o program
    "$loader" ./program works 2>&1 || true
}
plain=$(try)
optimised=$(try -O1)
without=$(try -fno-sanitize=undefined)
echo "zig cc:                          $plain"
echo "zig cc -O1:                      $optimised"
echo "zig cc -fno-sanitize=undefined:  $without"
if [[ $plain != *'statx: symbol not found'* || $optimised != works || $without != works ]]; then
    echo 'The behaviour has changed.' >&2
    exit 1
fi
