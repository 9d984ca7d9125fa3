//! Inputs that can be read at any offset.

use crate::source::SharedBytes;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

/// An input whose length is known, and that can be read at any offset.
pub(crate) trait ReadAt {
    /// Returns the length in bytes.
    fn length(&self) -> u64;

    /// Reads the bytes at an offset. Returns their number, which is less than the buffer has room
    /// for only at the end of the input.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// An open regular file.
pub(crate) struct FileAt {
    file: File,
    length: u64,
}

impl FileAt {
    pub(crate) const fn new(file: File, length: u64) -> Self {
        Self { file, length }
    }
}

impl ReadAt for FileAt {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(offset))?;
        let mut count = 0;
        while count < buffer.len() {
            match self.file.read(&mut buffer[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
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
