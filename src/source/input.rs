//! The inputs of a chunk reader.

use super::Stopper;
use std::{
    io::{self, Read},
    vec::Vec,
};

/// The result of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// This many bytes were read; 0 is the end.
    Bytes(usize),
    /// Nothing yet. The caller may do other work (handle signals) and try again.
    Pending,
}

/// A source of bytes that may return without bytes instead of blocking forever.
pub(crate) trait Input: Send {
    /// Reads into `buffer`, at most once, and at most as many bytes as it has room for.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome>;

    /// Returns the input below this one, if it reads from another one. The six methods about
    /// threads and waits then go there, unless they are implemented here.
    fn inner(&mut self) -> Option<&mut dyn Input> {
        None
    }

    /// Returns true if another thread may do the reading. Python's files belong to their caller.
    fn may_change_thread(&mut self) -> bool {
        self.inner().is_none_or(|inner| inner.may_change_thread())
    }

    /// Returns true if two threads may read in turns, of which one never waits: after
    /// [`set_waits(false)`](Self::set_waits), a read that would have to wait returns at once.
    fn may_be_shared(&mut self) -> bool {
        self.inner().is_some_and(|inner| inner.may_be_shared())
    }

    /// Prepares for a thread of its own: from now on a read waits as long as necessary, but ends
    /// (with [`ReadOutcome::Pending`]) when the stopper is dropped. Returns `None` if it cannot be
    /// stopped.
    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        self.inner().map_or(Ok(None), |inner| inner.stopper())
    }

    /// Undoes [`stopper`](Self::stopper): waits are short again.
    fn unstop(&mut self) {
        if let Some(inner) = self.inner() {
            inner.unstop();
        }
    }

    /// Sets whether a read may wait. If not, a read that would have to wait returns
    /// [`ReadOutcome::Pending`] at once. Waits are allowed until this is called.
    fn set_waits(&mut self, waits: bool) {
        if let Some(inner) = self.inner() {
            inner.set_waits(waits);
        }
    }

    /// Sets the threads that may help the one that reads; `None` if there are none. There are none
    /// until this is called.
    fn set_helpers(&mut self, helpers: Option<super::Helpers>) {
        if let Some(inner) = self.inner() {
            inner.set_helpers(helpers);
        }
    }

    /// Returns the unit of the input that each character was made from, if the bytes were converted
    /// to UTF-8.
    fn unit(&self) -> super::Unit {
        super::Unit::Byte
    }
}

/// Any reader; its reads may block for any length of time.
#[derive(Debug)]
pub(crate) struct Plain<R>(pub(crate) R);

impl<R: Read + Send> Input for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        match self.0.read(buffer)? {
            // The users of the bytes rely on their being there.
            count if count > buffer.len() => {
                Err(io::Error::other("the source says it read more than it had room for"))
            }
            count => Ok(ReadOutcome::Bytes(count)),
        }
    }
}

/// Number of reads of skipped bytes before the caller gets control.
const READS_PASSED_OVER: usize = 32;

/// An input whose first bytes are read and skipped, because it cannot seek.
#[derive(Debug)]
pub(crate) struct PassOver<I> {
    input: I,
    left: u64,
}

impl<I: Input> PassOver<I> {
    pub(crate) const fn new(input: I, bytes: u64) -> Self {
        Self { input, left: bytes }
    }
}

impl<I: Input> Input for PassOver<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        // A reader of one record at a time has room for only that much.
        let mut room = Vec::new();
        // The skipped bytes may be many or endless, and signals and the stopper are waiting.
        for _ in 0..READS_PASSED_OVER {
            if self.left == 0 {
                return self.input.read(buffer);
            }
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let most = left.min(buffer.len().max(super::DEFAULT_CHUNK_SIZE));
            let target = if most <= buffer.len() {
                &mut buffer[..most]
            } else {
                room.resize(most, 0);
                &mut room[..]
            };
            match self.input.read(target)? {
                ReadOutcome::Bytes(0) => self.left = 0,
                ReadOutcome::Bytes(count) => self.left -= count as u64,
                ReadOutcome::Pending => return Ok(ReadOutcome::Pending),
            }
        }
        Ok(ReadOutcome::Pending)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.input)
    }
}

impl Input for Box<dyn Input> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        (**self).read(buffer)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut **self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_without_an_end_leaves_the_caller_its_turns() {
        let mut input = PassOver::new(Plain(io::repeat(0)), u64::MAX);
        for _ in 0..3 {
            assert_eq!(input.read(&mut [0; 16]).unwrap(), ReadOutcome::Pending);
        }
        // Skipped bytes are read in whole chunks, even if the buffer is small.
        let chunks = 2 * READS_PASSED_OVER as u64 + 1;
        let before = chunks * crate::source::DEFAULT_CHUNK_SIZE as u64;
        let all = io::repeat(1).take(before + 1);
        let mut input = PassOver::new(Plain(all), before);
        let turns = (0..).find(|_| input.read(&mut [0; 1]).unwrap() == ReadOutcome::Bytes(1));
        assert_eq!(turns, Some(2));
        assert_eq!(input.read(&mut [0; 1]).unwrap(), ReadOutcome::Bytes(0));
    }
}
