#!/usr/bin/env bash
# auditwheel: a musllinux wheel that zig linked cannot be examined where a C compiler for glibc is installed.
#
# Expected: `auditwheel show` names the platform of the wheel, or says that it does not fit this machine.
# Happens:  zig links to "libc.so", which is musl's loader itself under any musl. On a machine with glibc, auditwheel finds
#           /usr/lib/…/libc.so, a script for the linker, takes it for a library, and ends with "Magic number does not match".
# Matters:  the message says nothing of the cause. The wheel is sound: it loads under musl. Its needed libraries can be read
#           with pyelftools instead.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check auditwheel==6.8.2 pyelftools==0.33 ziglang==0.17.0
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -E '^(auditwheel|pyelftools|ziglang) '
mkdir -p wheel/example wheel/example-1.dist-info
printf '#include <stdio.h>\nint hello(void) { return puts("hello"); }\n' >hello.c
venv/bin/python -m ziglang cc -O1 -target x86_64-linux-musl -shared hello.c -o wheel/example/hello.so
printf 'Metadata-Version: 2.1\nName: example\nVersion: 1\n' >wheel/example-1.dist-info/METADATA
printf 'Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: false\nTag: py3-none-musllinux_1_2_x86_64\n' \
    >wheel/example-1.dist-info/WHEEL
printf 'example/hello.so,,\nexample-1.dist-info/METADATA,,\nexample-1.dist-info/WHEEL,,\nexample-1.dist-info/RECORD,,\n' \
    >wheel/example-1.dist-info/RECORD
(cd wheel && ../venv/bin/python -m zipfile -c ../example-1-py3-none-musllinux_1_2_x86_64.whl example example-1.dist-info)
needed=$(venv/bin/python -c '
from elftools.elf.elffile import ELFFile
dynamic = ELFFile(open("wheel/example/hello.so", "rb")).get_section_by_name(".dynamic")
print([tag.needed for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"])')
echo "needed libraries: $needed"
script=$(find /usr/lib -name libc.so -exec grep -lI 'GNU ld script' {} + | head -n 1)
echo "script for the linker: ${script:-none: install a C compiler}"
shown=$(venv/bin/auditwheel show example-1-py3-none-musllinux_1_2_x86_64.whl 2>&1 || true)
echo "auditwheel show: $(tail -n 1 <<<"$shown")"
if [[ $needed != "['libc.so']" || $shown != *'Magic number does not match' ]]; then
    echo 'The behaviour has changed.' >&2
    exit 1
fi
