//! The options of a reader.

#[cfg(feature = "formats")]
use crate::format::{Controls, Format};
use crate::{
    encoding::TextOptions, framing::DEFAULT_MAX_RECORD_LENGTH, source::DEFAULT_CHUNK_SIZE,
};
use std::string::String;
#[cfg(feature = "formats")]
use std::{
    format,
    sync::{Arc, OnceLock},
};

/// The most bytes of a chunk, and of a record. Batches are indexed with 32 bits, so the contents of
/// a batch must stay well below 4 GiB.
pub(crate) const MOST_BYTES: usize = 1 << 30;

/// A place for the format of an input, which its first bytes may have to show.
#[cfg(feature = "formats")]
pub(crate) type Found = Arc<OnceLock<Format>>;
/// Without other formats, nothing has to be found.
#[cfg(not(feature = "formats"))]
#[derive(Debug, Clone, Default)]
pub(crate) struct Found;

/// The options of a reader, with names that Python's keyword arguments share.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) threads: Option<usize>,
    pub(crate) chunk_size: usize,
    pub(crate) read_ahead: bool,
    pub(crate) max_record_length: usize,
    pub(crate) repair: bool,
    pub(crate) max_faults: Option<u64>,
    pub(crate) start: u64,
    pub(crate) text: TextOptions,
    /// The format of the input; `None` to detect it.
    #[cfg(feature = "formats")]
    pub(crate) format: Option<Format>,
    #[cfg(feature = "formats")]
    pub(crate) controls: Controls,
    /// The format of the input, once it is known. One reader's own.
    pub(crate) found: Found,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            read_ahead: true,
            max_record_length: DEFAULT_MAX_RECORD_LENGTH,
            repair: false,
            max_faults: None,
            start: 0,
            text: TextOptions::new(),
            #[cfg(feature = "formats")]
            format: None,
            #[cfg(feature = "formats")]
            controls: Controls::default(),
            found: Default::default(),
        }
    }
}

impl Options {
    /// The most batches that may be parsed at once.
    pub(crate) fn threads(&self) -> usize {
        if !self.read_ahead {
            return 1;
        }
        #[cfg(feature = "parallel")]
        return self.threads.unwrap_or_else(crate::pipeline::threads);
        #[cfg(not(feature = "parallel"))]
        return self.threads.map_or(1, |_| 1);
    }

    /// Settles the format of a reader that does not read ahead: it is ISO 2709, the only one in
    /// which a record states its length.
    ///
    /// # Errors
    /// A message, if another format is named.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        #[cfg(feature = "formats")]
        if !self.read_ahead {
            match *self.format.get_or_insert(Format::Iso2709) {
                Format::Iso2709 => {}
                format => {
                    return Err(format!(
                        "without read_ahead, the format must be one in which a record says how \
                         long it is, 'iso2709', not '{format}'"
                    ));
                }
            }
        }
        Ok(())
    }
}
