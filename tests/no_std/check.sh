#!/bin/sh
# Builds the program beside this script, which has neither `std` nor an allocator, and looks for
# either in the result. `CARGO` and `CARGO_TARGET_DIR` are taken from the environment.
set -eu

cd "$(dirname "$0")"
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target/no_std}
export CARGO_TARGET_DIR

"${CARGO:-cargo}" build --release

library=$CARGO_TARGET_DIR/release/libtidemarc_no_std.a
symbols=$(nm "$library" 2>/dev/null) || true # it complains of members without symbols
case $symbols in
*" T tidemarc_read_everything"*) ;;
*)
    echo "no_std: the program is not in $library; is nm installed?" >&2
    exit 1
    ;;
esac
if printf '%s\n' "$symbols" | grep -E '__rust_(alloc|dealloc|realloc)|[ _](malloc|free)$|_3std'; then
    echo "no_std: the core reaches an allocator or std (symbols above)" >&2
    exit 1
fi
echo "no_std: the core builds without std and without an allocator"
