//! Opening what has a name or a descriptor.

use super::input::{Input, PassOver, Plain};
use std::{
    boxed::Box,
    fs::File,
    io::{self, Seek, SeekFrom},
    path::Path,
};

/// An open file, and how many bytes it has from here on if it is a regular one.
pub(crate) struct Opened {
    pub(crate) input: Box<dyn Input>,
    pub(crate) length: Option<u64>,
}

/// Opens a path for reading, from the byte at `start` on. A FIFO is opened at once, also when nobody writes to it yet.
///
/// # Errors
/// Those of the operating system: no such file, no permission, a directory.
pub(crate) fn open_path(path: &Path, start: u64) -> io::Result<Opened> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        // Without O_NONBLOCK the opening of a FIFO waits for a writer, where no signal handler
        // could call it off. The wait for data happens in `poll` in any case.
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
    if start == 0 {
        return open_file(file);
    }
    if file.metadata()?.is_file() {
        let mut file = file;
        file.seek(SeekFrom::Start(start))?;
        let Opened { input, length } = open_file(file)?;
        return Ok(Opened { input, length: length.map(|left| start + left) });
    }
    let Opened { input, length } = open_file(file)?;
    Ok(Opened { input: Box::new(PassOver::new(input, start)), length })
}

/// Reads on from where an open file stands.
///
/// # Errors
/// If it is a directory.
pub(crate) fn open_file(file: File) -> io::Result<Opened> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        #[cfg(unix)]
        return Err(rustix::io::Errno::ISDIR.into());
        #[cfg(not(unix))]
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        // Of a descriptor somebody may have read before.
        let mut file = file;
        let length = metadata.len().saturating_sub(file.stream_position()?);
        return Ok(Opened { input: Box::new(Plain(file)), length: Some(length) });
    }
    #[cfg(unix)]
    let input = Box::new(super::poll::PollFile::new(file));
    #[cfg(not(unix))]
    let input = Box::new(Plain(file));
    Ok(Opened { input, length: None })
}
