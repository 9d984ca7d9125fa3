//! A path that is written to: buffered, and waited for so that a signal can end the wait.

use super::errors::open_exception;
use pyo3::prelude::*;
use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

/// How many bytes are handed to the file at once, or a few more.
const CAPACITY: usize = 64 << 10;

/// A file of ours: buffered here, closed here.
pub(super) struct PathOutput {
    file: File,
    path: PathBuf,
    /// What the file has not taken yet.
    buffer: Vec<u8>,
}

impl PathOutput {
    /// Makes the file, or empties it. Of a FIFO, waits for somebody to read from it.
    pub(super) fn create(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        loop {
            match py.detach(|| create(&path)) {
                Ok(Some(file)) => {
                    return Ok(Self { file, path, buffer: Vec::with_capacity(CAPACITY) });
                }
                Ok(None) => py.check_signals()?,
                Err(error) => return Err(open_exception(py, error, &path)),
            }
        }
    }

    /// Takes all of these bytes; none of them if it raises.
    pub(super) fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        if self.buffer.len() + bytes.len() > CAPACITY {
            self.flush(py)?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands over what is buffered. If it raises, the rest stays, and the next call goes on with it.
    pub(super) fn flush(&mut self, py: Python<'_>) -> PyResult<()> {
        let mut taken = 0;
        let flushed = loop {
            let rest = &self.buffer[taken..];
            if rest.is_empty() {
                break Ok(());
            }
            match py.detach(|| write_some(&self.file, rest)) {
                Ok(count) => taken += count,
                Err(error) => break Err(open_exception(py, error, &self.path)),
            }
            if taken < self.buffer.len()
                && let Err(raised) = py.check_signals()
            {
                break Err(raised);
            }
        };
        self.buffer.drain(..taken);
        flushed
    }
}

/// Opens as `File::create` does. `None` if that has to be tried again, after a while that has passed.
#[cfg(unix)]
fn create(path: &std::path::Path) -> io::Result<Option<File>> {
    use rustix::{
        fs::{CWD, Mode, OFlags, openat},
        io::Errno,
    };
    use std::os::unix::fs::FileTypeExt;

    // Without O_NONBLOCK the opening of a FIFO waits for a reader, and a write for room, where no
    // signal handler could call it off.
    let flags = OFlags::WRONLY
        | OFlags::CREATE
        | OFlags::TRUNC
        | OFlags::CLOEXEC
        | OFlags::NONBLOCK
        | OFlags::NOCTTY;
    match openat(CWD, path, flags, Mode::from_raw_mode(0o666)) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(Errno::INTR) => Ok(None),
        Err(Errno::NXIO) if path.metadata().is_ok_and(|about| about.file_type().is_fifo()) => {
            // Nothing tells of a reader who comes. A signal ends the sleep early, in the main thread.
            let _ = rustix::event::poll(&mut [], Some(&pause(10)));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes what the file takes, or waits a while until it takes something: 0 if it has taken nothing.
#[cfg(unix)]
fn write_some(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    use rustix::event::{PollFd, PollFlags, poll};

    match file.write(bytes) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            // If it fails, the next write tells of it.
            let _ = poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&pause(50)));
            Ok(0)
        }
        written => written,
    }
}

#[cfg(unix)]
const fn pause(milliseconds: i64) -> rustix::event::Timespec {
    rustix::event::Timespec { tv_sec: 0, tv_nsec: milliseconds * 1_000_000 }
}

#[cfg(not(unix))]
fn create(path: &std::path::Path) -> io::Result<Option<File>> {
    File::create(path).map(Some)
}

#[cfg(not(unix))]
fn write_some(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    match file.write(bytes) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        written => written,
    }
}
