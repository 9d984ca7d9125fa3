//! The inputs of a chunk reader.

use super::Stopper;
use std::{
    io::{self, Read},
    vec::Vec,
};

/// The result of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// This many bytes were read; 0 is the end.
    Bytes(usize),
    /// Nothing yet. The caller may do other work (handle signals) and try again.
    Pending,
}

/// A source of bytes that may return without bytes instead of blocking forever.
pub(crate) trait Input: Send {
    /// Reads into `buffer`, at most once, and at most as many bytes as it has room for.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival>;

    /// Returns true if another thread may do the reading.
    fn may_change_thread(&self) -> bool {
        true
    }

    /// Prepares for a thread of its own: from now on a read waits as long as necessary, but ends
    /// (with [`Arrival::Pending`]) when the stopper is dropped. Returns `None` if it cannot be
    /// stopped.
    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        Ok(None)
    }

    /// Undoes [`stopper`](Self::stopper): waits are short again.
    fn unstop(&mut self) {}

    /// Returns the unit of the input that each character was made from, if the bytes were converted
    /// to UTF-8.
    #[cfg(feature = "formats")]
    fn unit(&self) -> super::Unit {
        super::Unit::Byte
    }

    /// Sets whether a read may wait. If not, a read that would have to wait returns
    /// [`Arrival::Pending`] at once. Waits are allowed until this is called.
    fn set_waits(&mut self, _waits: bool) {}
}

/// Any reader; its reads may block for any length of time.
#[derive(Debug)]
pub(crate) struct Plain<R>(pub(crate) R);

impl<R: Read + Send> Input for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        match self.0.read(buffer)? {
            // The users of the bytes rely on their being there.
            count if count > buffer.len() => {
                Err(io::Error::other("the source says it read more than it had room for"))
            }
            count => Ok(Arrival::Bytes(count)),
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
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
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
                Arrival::Bytes(0) => self.left = 0,
                Arrival::Bytes(count) => self.left -= count as u64,
                Arrival::Pending => return Ok(Arrival::Pending),
            }
        }
        Ok(Arrival::Pending)
    }

    fn may_change_thread(&self) -> bool {
        self.input.may_change_thread()
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        self.input.stopper()
    }

    fn unstop(&mut self) {
        self.input.unstop();
    }

    fn set_waits(&mut self, waits: bool) {
        self.input.set_waits(waits);
    }
}

impl<I: Input + ?Sized> Input for Box<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        (**self).read(buffer)
    }

    fn may_change_thread(&self) -> bool {
        (**self).may_change_thread()
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        (**self).stopper()
    }

    fn unstop(&mut self) {
        (**self).unstop();
    }

    fn set_waits(&mut self, waits: bool) {
        (**self).set_waits(waits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_without_an_end_leaves_the_caller_its_turns() {
        let mut input = PassOver::new(Plain(io::repeat(0)), u64::MAX);
        for _ in 0..3 {
            assert_eq!(input.read(&mut [0; 16]).unwrap(), Arrival::Pending);
        }
        // Skipped bytes are read in whole chunks, even if the buffer is small.
        let chunks = 2 * READS_PASSED_OVER as u64 + 1;
        let before = chunks * crate::source::DEFAULT_CHUNK_SIZE as u64;
        let all = io::repeat(1).take(before + 1);
        let mut input = PassOver::new(Plain(all), before);
        let turns = (0..).find(|_| input.read(&mut [0; 1]).unwrap() == Arrival::Bytes(1));
        assert_eq!(turns, Some(2));
        assert_eq!(input.read(&mut [0; 1]).unwrap(), Arrival::Bytes(0));
    }
}
