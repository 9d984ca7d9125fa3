#!/bin/sh
# Runs the Rust tests and the Python tests under AddressSanitizer and LeakSanitizer.
#
# The compiler brings the sanitizers' runtime, but links it to programs only. Python is a program
# that we did not build: it gets the runtime as a library to load first.
set -eu

cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target/address}
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
export CARGO_TARGET_DIR
python=$PWD/.venv/bin/python
built=$CARGO_TARGET_DIR

fail() {
    echo "sanitize: $1" >&2
    exit 1
}

archive=$(rustc --print target-libdir)/librustc-stable_rt.asan.a
[ -f "$archive" ] || fail "the compiler has no runtime for AddressSanitizer: $archive"
# -Z is for nightly compilers, unless one says that one knows. With a target named, what runs at
# build time is left as it is.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address' CARGO_INCREMENTAL=0
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only

# Asking for more memory than there is fails, as it does without the sanitizer, and one test does.
ASAN_OPTIONS=allocator_may_return_null=1 \
    LSAN_OPTIONS="print_suppressions=0:suppressions=$PWD/tests/sanitize/leaks.supp" \
    "$cargo" test --target "$host" --features columns,compress,index --lib --tests --no-fail-fast
"$cargo" rustc --lib --crate-type cdylib --features python --target "$host"

# The package with this module in it, apart from the one that `make develop` made.
rm -rf "$built/python" "$built/reports"
mkdir "$built/python" "$built/reports"
cp -r python/tidemarc "$built/python"
rm -f "$built"/python/tidemarc/*.so
module=$built/python/tidemarc/_tidemarc.abi3.so
cp "$built/$host/debug/libtidemarc.so" "$module"

# A library must not have the part that programs run before anything else. Nor may it be called
# libasan.so, by which the runtime would take it for another one.
cp "$archive" "$built/runtime.a"
ar d "$built/runtime.a" asan_preinit.cpp.o
runtime=$built/runtime_address.so
gcc -shared -o "$runtime" -Wl,--whole-archive "$built/runtime.a" -Wl,--no-whole-archive \
    -lm -lpthread -ldl -lrt -lgcc_s

# Runs Python. Reports go to files, since the tests read what processes print. Python's own allocator
# would hide from the runtime where one object ends and the next begins.
leaks=1
sanitized() {
    env PYTHONPATH="$built/python" PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 \
        TIDEMARC_DEADLINE=300 LD_PRELOAD="$runtime" \
        ASAN_OPTIONS="detect_leaks=$leaks:malloc_context_size=12:allocator_may_return_null=1" \
        LSAN_OPTIONS="exitcode=0:print_suppressions=0:log_path=$built/reports/report" \
        "$python" "$@"
}

# Is anything looked at? The module must ask before it reads. A `bytes` of ours with a reference too
# many must be found, and so must a read beyond the end of one.
nm -D "$module" | grep -q '__asan_report_load' || fail 'the module is not instrumented'
for fault in 'Py_IncRef(ctypes.py_object(data))' 'PyBytes_FromStringAndSize(data, len(data) + 200)'; do
    sanitized -c "
import ctypes, tidemarc
data = next(tidemarc.Reader('tests/fixtures/books.mrc')).as_marc()
ctypes.pythonapi.$fault"
done
for report in 'LeakSanitizer: detected memory leaks' '__pymethod_as_marc__' 'heap-buffer-overflow'; do
    grep -q "$report" "$built"/reports/* || fail "a fault that was made to be found was not: $report"
done
rm -r "$built/reports"
mkdir "$built/reports"

# Everything takes several times as long. The comparison with pymarc, which is Python for the most
# part, would take an hour, and has time limits of its own; how much memory a process takes says nothing
# here, and where there is hardly any, it is the runtime that gets none.
memory='bounded_memory or holds_its_own_chunk or keep_little or at_no_limit or little_memory'
# Leaks are not looked for in a process that was forked, where all that the parent's other threads had on
# their stacks looks lost, and is; nor where two interpreters ask for the module, and 672 bytes are left once,
# however often they ask; nor in a process of another user, who may not write the report.
lost='second_interpreter or cannot_be_had'
tested() {
    sanitized -m pytest -p no:cacheprovider --timeout 1200 "$@" || failed=1
}
tested tests/python --ignore tests/python/test_conformance.py --ignore tests/python/test_fork.py \
    --ignore tests/python/stress/test_forks.py -k "not ($memory or $lost)"
leaks=0
tested tests/python/test_fork.py tests/python/stress/test_forks.py
tested tests/python/test_limits.py -k "$lost"
# A damaged pickle may ask for more memory than there is: a warning, and no error.
if grep -qs 'ERROR: ' "$built"/reports/*; then
    cat "$built"/reports/* >&2
    fail "errors or leaks were found: $built/reports"
fi
[ -z "${failed-}" ] || fail 'the Python tests failed'
echo 'sanitize: no errors and no leaks'
