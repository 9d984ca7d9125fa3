//! The formats of the inputs of a stream, once they are known.

use super::Format;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    vec::Vec,
};

/// The format of each input of a stream, once its first bytes have shown it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Found(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    formats: Vec<OnceLock<Format>>,
    /// Index of the input whose records are being delivered.
    current: AtomicU32,
}

impl Found {
    /// Creates a list for so many inputs. If a format is named, it is that of all.
    pub(crate) fn new(inputs: usize, named: Option<Format>) -> Self {
        let format = || named.map_or_else(OnceLock::new, OnceLock::from);
        let formats = (0..inputs).map(|_| format()).collect();
        Self(Arc::new(Inner { formats, current: AtomicU32::new(0) }))
    }

    /// Returns the format of the input with this index.
    #[inline]
    pub(crate) fn of(&self, input: u32) -> Option<Format> {
        self.0.formats.get(input as usize)?.get().copied()
    }

    /// Sets the format of an input. It may be set already, to the same.
    pub(crate) fn set(&self, input: u32, format: Format) {
        if let Some(place) = self.0.formats.get(input as usize) {
            let _ = place.set(format);
        }
    }

    /// Sets the input whose records are being delivered.
    pub(crate) fn turn_to(&self, input: u32) {
        self.0.current.store(input, Ordering::Relaxed);
    }

    /// Returns the format of that input.
    pub(crate) fn get(&self) -> Option<Format> {
        self.of(self.0.current.load(Ordering::Relaxed))
    }
}

impl Default for Found {
    fn default() -> Self {
        Self::new(1, None)
    }
}
