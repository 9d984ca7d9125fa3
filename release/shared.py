"""What building and trying share: the environment of a build, and unpacked archives."""

import os
import shutil
import sys
import tarfile
from pathlib import Path

# Programs of this environment: maturin finds zig there, too.
BIN = Path(sys.executable).parent


def clean_environment() -> dict[str, str]:
    """Return the environment without what another build may have set."""
    # PYO3_PYTHON would bind wheels of other machines to this Python.
    foreign = ("PYO3_", "PYTHON", "RUSTFLAGS", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_PROFILE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    environment["VIRTUAL_ENV"] = str(BIN.parent)
    environment["PATH"] = os.pathsep.join([str(BIN), environment["PATH"]])
    return environment


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive in place of what the folder has, and return the folder of its project."""
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as opened:
        # Files get the time of unpacking. All files of an sdist or a crate have one date of 2006,
        # and cargo takes a file that is older than the last build for one that has not changed.
        opened.extractall(folder, filter=without_date)
    (project,) = folder.iterdir()
    return project


def without_date(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Return a safe member of an archive that gets the time of unpacking."""
    return tarfile.data_filter(member, folder).replace(mtime=None)
