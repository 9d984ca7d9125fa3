//! Pages: the unit in which an index file is written, read and checked.
//!
//! ```text
//! 0            4080           4088        4096
//! payload …    page number    checksum
//! ```

use crate::source::positioned::read_exact_at;
use std::{
    boxed::Box,
    fs::File,
    io::{self, Write},
};
use twox_hash::XxHash3_64;

/// Length of a page in bytes.
pub(super) const PAGE: usize = 4096;

/// Number of bytes of a page that are contents.
pub(super) const PAYLOAD: usize = 4080;

/// End of the page number, and start of the checksum.
const NUMBERED: usize = PAYLOAD + 8;

/// Length of an entry in bytes. A page has a whole number of entries.
pub(crate) const ENTRY: usize = 16;

/// Number of entries in a page.
pub(super) const ENTRIES: u64 = (PAYLOAD / ENTRY) as u64;

/// The reason why a page cannot be used.
#[derive(Debug)]
pub(super) enum PageError {
    Io(io::Error),
    /// Its bytes are not those that were written.
    Damaged,
}

/// A page that was read and checked.
pub(super) struct Page(Box<[u8; PAGE]>);

impl Page {
    /// Reads the page with this number.
    ///
    /// # Errors
    /// If the file cannot be read or ends before, or if the page is not the one that was written.
    pub(super) fn read(file: &File, number: u64) -> Result<Self, PageError> {
        let offset = number.checked_mul(PAGE as u64).ok_or(PageError::Damaged)?;
        let mut bytes = Box::new([0; PAGE]);
        match read_exact_at(file, &mut bytes[..], offset) {
            Ok(()) => {}
            // The file had its whole length when it was opened.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(PageError::Damaged);
            }
            Err(error) => return Err(PageError::Io(error)),
        }
        let page = Self(bytes);
        let is_sound = page.number(PAYLOAD) == number
            && page.number(NUMBERED) == XxHash3_64::oneshot(&page.0[..NUMBERED]);
        if is_sound { Ok(page) } else { Err(PageError::Damaged) }
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.0[..PAYLOAD]
    }

    /// Returns the entry at this index of the page, which is below [`ENTRIES`].
    pub(super) fn entry(&self, at: usize) -> [u8; ENTRY] {
        let mut entry = [0; ENTRY];
        entry.copy_from_slice(&self.0[at * ENTRY..(at + 1) * ENTRY]);
        entry
    }

    /// Returns the eight bytes at an offset as a number.
    pub(super) fn number(&self, at: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[at..at + 8]);
        u64::from_le_bytes(bytes)
    }
}

/// Writes pages, one after the other.
pub(super) struct PageWriter<W> {
    pub(super) output: W,
    page: Box<[u8; PAGE]>,
    /// Number of bytes of the payload that are filled.
    filled: usize,
    /// Number of the page.
    number: u64,
}

impl<W: Write> PageWriter<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, page: Box::new([0; PAGE]), filled: 0, number: 0 }
    }

    /// Adds bytes to the payloads. An entry never spans two pages, as long as all bytes that are
    /// put between two calls of [`end_section`](Self::end_section) are entries of one length.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = bytes.len().min(PAYLOAD - self.filled);
            self.page[self.filled..self.filled + count].copy_from_slice(&bytes[..count]);
            self.filled += count;
            bytes = &bytes[count..];
            if self.filled == PAYLOAD {
                self.end_page()?;
            }
        }
        Ok(())
    }

    /// Ends the current page, unless it is empty.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn end_section(&mut self) -> io::Result<()> {
        if self.filled > 0 { self.end_page() } else { Ok(()) }
    }

    fn end_page(&mut self) -> io::Result<()> {
        self.page[self.filled..PAYLOAD].fill(0);
        self.page[PAYLOAD..NUMBERED].copy_from_slice(&self.number.to_le_bytes());
        let checksum = XxHash3_64::oneshot(&self.page[..NUMBERED]);
        self.page[NUMBERED..].copy_from_slice(&checksum.to_le_bytes());
        self.output.write_all(&self.page[..])?;
        self.number += 1;
        self.filled = 0;
        Ok(())
    }

    pub(super) fn into_output(self) -> W {
        self.output
    }
}
