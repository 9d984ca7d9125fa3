"""The console script `tidemarc`: the arguments go to the command, which is in Rust."""

import sys

from ._tidemarc import _main


def main() -> int:
    """Run the command with the arguments of this process, and return its exit status."""
    return _main(sys.argv)
