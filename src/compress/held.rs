//! Data that was made and not read yet.

use std::vec::Vec;

/// Length of the longest block of zstd (RFC 8878, section 3.1.1.2.4).
const SIZE: usize = 128 << 10;

/// The data of one step of a decompressor, from which reads of any size take. So the step is the
/// same for every size of reads.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The bytes from `start` to `end` were made and not read yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Held {
    /// Returns the room for the data of a step.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer.resize(SIZE, 0);
        }
        (self.start, self.end) = (0, 0);
        &mut self.buffer
    }

    /// Sets the number of bytes that the step has made.
    pub(super) const fn hold(&mut self, count: usize) {
        self.end = count;
    }

    /// Takes as many bytes as there are and fit.
    pub(super) fn take(&mut self, output: &mut [u8]) -> usize {
        let left = &self.buffer[self.start..self.end];
        let count = left.len().min(output.len());
        output[..count].copy_from_slice(&left[..count]);
        self.start += count;
        count
    }
}
