//! Reading from sources that may wait: pipes, FIFOs, terminals, sockets.

use super::{
    file::{Now, read_now},
    input::{Input, ReadOutcome},
    stop::{Stop, Stopper, stop},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fs::File,
    io::{self, Read},
};

/// Length of a wait on the caller's thread, after which the caller may handle its signals.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A descriptor that is read only when it is ready, so that a wait can be interrupted: on the
/// caller's thread after [`PATIENCE`], on a thread of its own when the [`Stopper`] is dropped.
#[derive(Debug)]
pub(crate) struct PollFile {
    file: File,
    /// Set while a stopper may interrupt the wait.
    stop: Option<Stop>,
    waits: bool,
}

impl PollFile {
    pub(crate) const fn new(file: File) -> Self {
        Self { file, stop: None, waits: true }
    }

    /// Waits until the file can be read. Returns true if it can.
    fn wait(&self) -> io::Result<bool> {
        let file = PollFd::new(&self.file, PollFlags::IN);
        let ready = match &self.stop {
            None => poll(&mut [file], Some(&PATIENCE)),
            Some(stop) => {
                let mut both = [file, PollFd::new(stop, PollFlags::IN)];
                poll(&mut both, None).map(|_| usize::from(both[1].revents().is_empty()))
            }
        };
        match ready {
            Ok(count) => Ok(count > 0),
            // After a signal on the caller's thread, the caller gets control.
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Input for PollFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        if !self.waits {
            return Ok(match read_now(&self.file, buffer) {
                Now::Bytes(count) => ReadOutcome::Bytes(count),
                // A poll without a wait would not be enough: another reader may take the bytes
                // first.
                Now::Wait | Now::Unknown => ReadOutcome::Pending,
            });
        }
        if !self.wait()? {
            return Ok(ReadOutcome::Pending);
        }
        match self.file.read(buffer) {
            Ok(count) => Ok(ReadOutcome::Bytes(count)),
            // Another reader of the same pipe was faster.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(ReadOutcome::Pending),
            Err(error) => Err(error),
        }
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        let (stop, stopper) = stop()?;
        self.stop = Some(stop);
        Ok(Some(stopper))
    }

    fn unstop(&mut self) {
        self.stop = None;
    }

    fn set_waits(&mut self, waits: bool) {
        self.waits = waits;
    }
}
