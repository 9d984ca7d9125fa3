//! An input whose bytes are counted for others.

use super::{Input, ReadOutcome};
use std::{
    boxed::Box,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// An input that adds each number of bytes read to a counter.
pub(crate) struct Metered {
    input: Box<dyn Input>,
    read: Arc<AtomicU64>,
}

impl Metered {
    pub(crate) fn new(input: Box<dyn Input>, read: Arc<AtomicU64>) -> Self {
        Self { input, read }
    }
}

impl Input for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let outcome = self.input.read(buffer)?;
        if let ReadOutcome::Bytes(count) = outcome {
            self.read.fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(outcome)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut *self.input)
    }
}
