//! Files that are written in place, and the paths of outputs that are.

#[cfg(unix)]
use super::place::{self, Place};
use std::{fs::File, io, path::Path};

/// Opens a file to be written in place, after its end or from its beginning, without emptying it,
/// and creates it if it is missing. Returns `None` after a short wait if the caller must try again.
#[cfg(unix)]
pub(crate) fn open_in_place(path: &Path, appends: bool) -> io::Result<Option<File>> {
    use rustix::fs::OFlags;
    let append = if appends { OFlags::APPEND } else { OFlags::empty() };
    place::open(path, OFlags::CREATE | append)
}

#[cfg(not(unix))]
pub(crate) fn open_in_place(path: &Path, appends: bool) -> io::Result<Option<File>> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).append(appends).open(path).map(Some)
}

/// Returns true if an output to this path would leave the existing file untouched, or if there is
/// no file.
#[cfg(unix)]
pub(crate) fn would_replace(path: &Path) -> bool {
    path.metadata().map_or(true, |about| {
        about.is_file() && matches!(place::resolve(path), Ok(Place::Named { .. }))
    })
}

#[cfg(not(unix))]
pub(crate) fn would_replace(path: &Path) -> bool {
    !path.exists()
}
