"""Unpacking of an sdist or a crate, so that cargo compiles what is in it."""

import shutil
import tarfile
from pathlib import Path


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
