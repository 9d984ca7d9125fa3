//! Opening of paths and descriptors.

use super::{
    file::RegularFile,
    file_id::FileId,
    input::{Input, PassOver},
};
use std::{
    boxed::Box,
    fs::File,
    io::{self, Seek, SeekFrom},
    path::Path,
};

/// An open file.
pub(crate) struct Opened {
    pub(crate) input: Box<dyn Input>,
    /// Number of bytes from the position at which the file was opened, if it is a regular file.
    pub(crate) length: Option<u64>,
    /// Offset of the first byte to read, clamped to the length.
    pub(crate) start: u64,
    /// The file, if it has contents to lose.
    pub(crate) file: Option<FileId>,
}

/// Opens a path for reading, from the byte at `start`. A FIFO is opened at once, even if it has no
/// writer yet.
///
/// # Errors
/// Returns errors of the operating system: no such file, no permission, a directory.
pub(crate) fn open_path(path: &Path, start: u64) -> io::Result<Opened> {
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
    let opened = open_file(file, start)?;
    #[cfg(not(unix))]
    let opened = Opened { file: FileId::of_path(path), ..opened };
    Ok(opened)
}

/// Continues from the current position of an open file, or from this many bytes after it. In a
/// regular file the bytes between are not read; a start beyond its end is reduced to its end.
///
/// # Errors
/// Fails if it is a directory.
pub(crate) fn open_file(file: File, start: u64) -> io::Result<Opened> {
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
    if metadata.is_file() {
        let mut file = file;
        // A descriptor may have been read from before.
        let here = file.stream_position()?;
        let length = metadata.len().saturating_sub(here);
        // Files of the kernel state a length of 0, but contain bytes.
        if metadata.len() == 0 && start > 0 {
            let input = Box::new(PassOver::new(RegularFile::new(file), start));
            return Ok(Opened { input, length: Some(length), start, file: id });
        }
        let start = start.min(length);
        if start > 0 {
            file.seek(SeekFrom::Start(here + start))?;
        }
        return Ok(Opened {
            input: Box::new(RegularFile::new(file)),
            length: Some(length),
            start,
            file: id,
        });
    }
    #[cfg(unix)]
    let input = super::poll::PollFile::new(file);
    #[cfg(not(unix))]
    let input = super::input::Plain(file);
    let input: Box<dyn Input> = match start {
        0 => Box::new(input),
        _ => Box::new(PassOver::new(input, start)),
    };
    Ok(Opened { input, length: None, start, file: id })
}
