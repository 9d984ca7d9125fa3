//! Bytes in memory as an input.

use super::{Input, ReadOutcome, SharedBytes};
use std::io::{self, Cursor, Read as _};

/// Bytes in memory that are read like a file. A read never waits.
pub(crate) struct Memory(Cursor<Shared>);

struct Shared(SharedBytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl Memory {
    /// Creates an input that begins at an offset.
    pub(crate) fn new(bytes: SharedBytes, start: u64) -> Self {
        let mut cursor = Cursor::new(Shared(bytes));
        cursor.set_position(start);
        Self(cursor)
    }
}

impl Input for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.0.read(buffer).map(ReadOutcome::Bytes)
    }

    fn may_be_shared(&mut self) -> bool {
        true
    }
}
