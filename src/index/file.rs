//! The index file: its pages, and the checks when it is opened.

use super::{
    error::IndexError,
    footer::{Footer, MAGIC, VERSION},
    page::{PAGE, Page, PageError},
};
use crate::source::positioned::read_exact_at;
use std::{fs::File, io, path::Path};

/// Returns true if the file at a path begins like an index file.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn is_index(path: &Path) -> io::Result<bool> {
    let mut first = [0; MAGIC.len()];
    match read_exact_at(&File::open(path)?, &mut first, 0) {
        Ok(()) => Ok(first == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a page.
///
/// # Errors
/// If the file cannot be read, or the page is damaged.
pub(super) fn read_page(path: &Path, file: &File, number: u64) -> Result<Page, IndexError> {
    Page::read(file, number).map_err(|error| match error {
        PageError::Io(error) => IndexError::io(path)(error),
        PageError::Damaged => {
            IndexError::damaged(path, number, "its checksum or its number is wrong")
        }
    })
}

/// Reads the first and the last page of an index file.
///
/// # Errors
/// If the file cannot be read, or is not a whole index file of this version.
pub(super) fn read_footer(path: &Path, file: &File) -> Result<Footer, IndexError> {
    let length = file.metadata().map_err(IndexError::io(path))?.len();
    let mut first = [0; MAGIC.len() + size_of::<u32>()];
    match read_exact_at(file, &mut first, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(IndexError::NotAnIndex { path: path.to_owned() });
        }
        Err(error) => return Err(IndexError::io(path)(error)),
    }
    let (magic, version) = first.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(IndexError::NotAnIndex { path: path.to_owned() });
    }
    let version = version.try_into().map_or(0, u32::from_le_bytes);
    if version != VERSION {
        return Err(IndexError::Version { path: path.to_owned(), version });
    }
    let last = (length / PAGE as u64).saturating_sub(1);
    if length % PAGE as u64 != 0 {
        return Err(IndexError::damaged(path, last, "the file is cut inside a page"));
    }
    read_page(path, file, 0)?;
    let page = read_page(path, file, last)?;
    Footer::of_bytes(page.payload(), last).map_err(|reason| IndexError::damaged(path, last, reason))
}
