//! Inputs that can be read at any offset.

use crate::source::{SharedBytes, positioned};
use std::{borrow::Borrow, fs::File, io};

/// An input whose length is known, and that can be read at any offset.
pub(crate) trait ReadAt: Send {
    /// Returns the length in bytes.
    fn length(&self) -> u64;

    /// Reads the bytes at an offset. Returns their number, which is less than the buffer has room
    /// for only at the end of the input.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// An open regular file.
pub(crate) struct FileAt<F = File> {
    file: F,
    length: u64,
}

impl<F: Borrow<File>> FileAt<F> {
    pub(crate) const fn new(file: F, length: u64) -> Self {
        Self { file, length }
    }
}

impl<F: Borrow<File> + Send> ReadAt for FileAt<F> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        positioned::read_at(self.file.borrow(), buffer, offset)
    }
}

/// Bytes in memory.
pub(crate) struct SliceAt(pub(crate) SharedBytes);

impl ReadAt for SliceAt {
    fn length(&self) -> u64 {
        (*self.0).as_ref().len() as u64
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = (*self.0).as_ref();
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}
