//! The file that a path leads to, and the ways to open it for writing.

use rustix::{
    fs::{CWD, Mode, OFlags, fcntl_getfl, openat},
    io::Errno,
};
use std::{
    ffi::OsString,
    fs::File,
    io,
    os::{
        fd::AsFd,
        unix::{ffi::OsStrExt, fs::FileTypeExt},
    },
    path::{Path, PathBuf},
};

/// Largest number of links that are followed, as in Linux.
const MOST_LINKS: usize = 40;

/// The end of the chain of links from a path.
pub(super) enum Place {
    /// A name in a folder, which may exist or not.
    Named { folder: PathBuf, name: OsString },
    /// An open descriptor with a name, such as `/dev/stdout`: its number, if it is a descriptor of
    /// this process and the name states the number.
    Descriptor(Option<u32>),
}

/// Follows the links of a path.
///
/// # Errors
/// Fails if the folder is missing, if there are too many links, or if the path can only be a
/// folder.
pub(super) fn resolve(path: &Path) -> io::Result<Place> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let bytes = path.as_os_str().as_bytes();
        // `Path` reads both as the name of a file.
        if bytes.ends_with(b"/.") {
            return Err(Errno::NOENT.into());
        }
        let is_folder = bytes.ends_with(b"/");
        let name = path.file_name().filter(|_| !is_folder).ok_or(Errno::ISDIR)?.to_owned();
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folder = parent.canonicalize()?;
        if folder.starts_with("/proc") {
            return Ok(Place::Descriptor(number_in(&folder, &name)));
        }
        match path.read_link() {
            Ok(target) => path = parent.join(target),
            // If /dev has no links, its regular files are open descriptors.
            Err(_) if folder == Path::new("/dev") || folder == Path::new("/dev/fd") => {
                return Ok(Place::Descriptor(None));
            }
            Err(_) => return Ok(Place::Named { folder, name }),
        }
    }
    Err(Errno::LOOP.into())
}

/// Returns the number in a name in a `/proc/…/fd` of this process.
fn number_in(folder: &Path, name: &std::ffi::OsStr) -> Option<u32> {
    let ours = Path::new("/proc").join(std::process::id().to_string());
    let is_ours = folder.starts_with(ours) && folder.ends_with("fd");
    name.to_str().filter(|_| is_ours)?.parse().ok()
}

/// Opens an existing file for writing, and neither creates nor empties it. Returns `None` after a
/// short wait if the caller must try again: a FIFO waits for a reader.
pub(super) fn open_existing(path: &Path) -> io::Result<Option<File>> {
    open(path, OFlags::empty())
}

pub(super) fn open(path: &Path, more: OFlags) -> io::Result<Option<File>> {
    // Without O_NONBLOCK, opening a FIFO waits for a reader, and a write waits for room, and no
    // signal handler could interrupt these waits.
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | more;
    match openat(CWD, path, flags, Mode::from_raw_mode(0o666)) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(Errno::INTR) => Ok(None),
        Err(Errno::NXIO) if path.metadata().is_ok_and(|about| about.file_type().is_fifo()) => {
            // The system does not report when a reader arrives. A signal ends the sleep early, in
            // the main thread.
            let _ = rustix::event::poll(&mut [], Some(&pause(10)));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a regular file that is reached through an open descriptor, to write after the bytes that
/// others have written to it: by a copy of the descriptor if that is possible, otherwise at the end
/// of the file.
pub(super) fn open_descriptor(path: &Path, number: Option<u32>) -> io::Result<Option<File>> {
    match number {
        Some(1) => io::stdout().as_fd().try_clone_to_owned().map(|copy| Some(copy.into())),
        Some(2) => io::stderr().as_fd().try_clone_to_owned().map(|copy| Some(copy.into())),
        _ => open(path, OFlags::APPEND),
    }
}

/// Returns true if every write to a file goes to its end.
pub(super) fn appends(file: &File) -> io::Result<bool> {
    Ok(fcntl_getfl(file)?.contains(OFlags::APPEND))
}

pub(super) const fn pause(milliseconds: i64) -> rustix::event::Timespec {
    rustix::event::Timespec { tv_sec: 0, tv_nsec: milliseconds * 1_000_000 }
}
