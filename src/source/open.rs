//! Opening of paths and descriptors.

use super::{file::RegularFile, file_id::FileId, input::Input};
use crate::framing::signatures::packed::{Compression, HEAD};
use std::{
    boxed::Box,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    vec::Vec,
};

/// A function that recognises a compressed input by its first bytes: ten are enough.
pub(crate) type Recognise = fn(&[u8]) -> bool;

/// An open file.
pub(crate) struct Opened {
    pub(crate) input: Box<dyn Input>,
    /// Number of bytes from the position at which the file was opened, if it is a regular file.
    pub(crate) length: Option<u64>,
    /// The same number if the file is compressed. The length of its data is not known.
    pub(crate) compressed_length: Option<u64>,
    /// The same file, with the same position, if it is a zip archive.
    pub(crate) archive: Option<File>,
    /// True if the input is the data of a file in an archive, of which the progress is counted.
    pub(crate) is_member: bool,
    /// Offset of the first byte to read, clamped to the length.
    pub(crate) start: u64,
    /// Number of bytes before it that the input still contains.
    pub(crate) skip: u64,
    /// The file, if it has contents to lose.
    pub(crate) file: Option<FileId>,
}

/// Opens a path for reading, from the byte at `start`. A FIFO is opened at once, even if it has no
/// writer yet. `is_packed` recognises a file that will be decompressed by its first bytes: nothing
/// is known then about its length, and all of it is read.
///
/// # Errors
/// Returns errors of the operating system: no such file, no permission, a directory.
pub(crate) fn open_path(
    path: &Path,
    start: u64,
    is_packed: Option<Recognise>,
) -> io::Result<Opened> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        // Without O_NONBLOCK, opening a FIFO waits for a writer, and no signal handler could
        // interrupt this wait. The wait for data happens in `poll` in any case.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        loop {
            match openat(CWD, path, flags, Mode::empty()) {
                Ok(file) => break File::from(file),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    let opened = open_file(file, start, is_packed)?;
    #[cfg(not(unix))]
    let opened = Opened { file: FileId::of_path(path), ..opened };
    Ok(opened)
}

/// Continues from the current position of an open file, or from this many bytes after it. In a
/// regular file the bytes between are not read; a start beyond its end is reduced to its end. See
/// [`open_path`] about `is_packed`.
///
/// # Errors
/// Fails if it is a directory.
pub(crate) fn open_file(
    file: File,
    start: u64,
    is_packed: Option<Recognise>,
) -> io::Result<Opened> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        #[cfg(unix)]
        return Err(rustix::io::Errno::ISDIR.into());
        #[cfg(not(unix))]
        return Err(io::ErrorKind::IsADirectory.into());
    }
    #[cfg(unix)]
    let id = FileId::of_metadata(&metadata);
    #[cfg(not(unix))]
    let id = None;
    let opened = |input, length| Opened {
        input,
        length,
        compressed_length: None,
        archive: None,
        is_member: false,
        start,
        skip: start,
        file: id,
    };
    if metadata.is_file() {
        let mut file = file;
        // A descriptor may have been read from before.
        let here = file.stream_position()?;
        let length = metadata.len().saturating_sub(here);
        // Files of the kernel state a length of 0, but contain bytes.
        if metadata.len() == 0 && start > 0 {
            return Ok(opened(Box::new(RegularFile::new(file)), Some(length)));
        }
        if let Some(is_packed) = is_packed
            && length > 0
        {
            let head = head_of(&mut file, here)?;
            if is_packed(&head) {
                let is_archive = here == 0 && Compression::of(&head) == Some(Compression::Zip);
                let archive = is_archive.then(|| file.try_clone()).transpose()?;
                let opened = opened(Box::new(RegularFile::new(file)), None);
                return Ok(Opened { compressed_length: Some(length), archive, ..opened });
            }
        }
        let start = start.min(length);
        if start > 0 {
            file.seek(SeekFrom::Start(here + start))?;
        }
        let opened = opened(Box::new(RegularFile::new(file)), Some(length));
        return Ok(Opened { start, skip: 0, ..opened });
    }
    #[cfg(unix)]
    let input = super::poll::PollFile::new(file);
    #[cfg(not(unix))]
    let input = super::input::Plain(file);
    Ok(opened(Box::new(input), None))
}

/// Returns the first bytes of a regular file from this position on, and leaves it there.
fn head_of(file: &mut File, here: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(here))?;
    Ok(head)
}
