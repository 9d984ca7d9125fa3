//! How a reader reads.

use super::{engine::Engine, rust::Reader, stream::Stream};
#[cfg(feature = "formats")]
use crate::format::{AutoSource, Controls, Format, ReadOptions, Wish};
use crate::{
    error::{Error, Place},
    framing::DEFAULT_MAX_RECORD_LENGTH,
    record::MIN_RECORD_LENGTH,
    source::{
        BatchSource, ChunkReader, DEFAULT_CHUNK_SIZE, Input, Opened, Plain, SliceReader, open_path,
    },
};
use std::{boxed::Box, io, path::Path, string::ToString, sync::Arc};
#[cfg(feature = "formats")]
use std::{io::Cursor, sync::OnceLock};

/// Batches are indexed with 32 bits, so what a batch can hold must stay well below 4 GiB.
const MOST: usize = 1 << 30;

/// The knobs of a reader, with names that Python's keyword arguments share.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) threads: Option<usize>,
    pub(crate) chunk_size: usize,
    pub(crate) max_record_length: usize,
    /// What is to be read; `None` to find it out.
    #[cfg(feature = "formats")]
    pub(crate) format: Option<Format>,
    #[cfg(feature = "formats")]
    pub(crate) controls: Controls,
    /// Where to say what the format is.
    #[cfg(feature = "formats")]
    pub(crate) found: Arc<OnceLock<Format>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            max_record_length: DEFAULT_MAX_RECORD_LENGTH,
            #[cfg(feature = "formats")]
            format: Some(Format::Iso2709),
            #[cfg(feature = "formats")]
            controls: Controls::default(),
            #[cfg(feature = "formats")]
            found: Arc::default(),
        }
    }
}

impl Options {
    /// How many batches may be parsed at once.
    pub(super) fn threads(&self) -> usize {
        #[cfg(feature = "parallel")]
        return self.threads.unwrap_or_else(crate::pipeline::threads);
        #[cfg(not(feature = "parallel"))]
        return self.threads.map_or(1, |_| 1);
    }

    /// A stream over what an open input gives.
    pub(crate) fn stream(
        self,
        input: impl Input + 'static,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<Arc<str>>,
    ) -> Stream {
        #[cfg(feature = "formats")]
        if self.format != Some(Format::Iso2709) {
            let source = AutoSource::new(input, self.wish());
            return self.stream_of(Box::new(source), total_bytes, can_retry, name);
        }
        let source = ChunkReader::new(input, self.chunk_size, self.max_record_length);
        self.stream_of(Box::new(source), total_bytes, can_retry, name)
    }

    #[cfg(feature = "formats")]
    fn wish(&self) -> Wish {
        Wish {
            format: self.format,
            options: ReadOptions::new()
                .controls(self.controls)
                .max_record_length(self.max_record_length),
            max_record_length: self.max_record_length,
            chunk_size: self.chunk_size.max(1),
            found: Arc::clone(&self.found),
        }
    }

    /// A stream over bytes in memory.
    pub(crate) fn stream_in_place(self, bytes: crate::source::SharedBytes) -> Stream {
        let length = (*bytes).as_ref().len() as u64;
        #[cfg(feature = "formats")]
        if self.format.or_else(|| Format::sniff((*bytes).as_ref())).unwrap_or(Format::Iso2709)
            != Format::Iso2709
        {
            return self.stream(Plain(Cursor::new(Shared(bytes))), Some(length), false, None);
        }
        #[cfg(feature = "formats")]
        let _ = self.found.set(Format::Iso2709);
        let source = SliceReader::new(bytes, self.chunk_size, self.max_record_length);
        self.stream_of(Box::new(source), Some(length), false, None)
    }

    /// A stream over a path.
    pub(crate) fn stream_of_path(self, path: &Path) -> io::Result<Stream> {
        let Opened { input, length } = open_path(path)?;
        Ok(self.stream(input, length, false, Some(path.display().to_string().into())))
    }

    pub(crate) fn stream_of(
        self,
        source: Box<dyn BatchSource>,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<Arc<str>>,
    ) -> Stream {
        let engine = Engine::new(source, self, total_bytes, can_retry, name);
        Stream::new(engine, total_bytes)
    }
}

/// Builds a [`Reader`].
///
/// ```
/// let mut reader = tidemarc::Reader::builder()
///     .threads(1)
///     .max_record_length(1 << 20)
///     .from_path("tests/fixtures/books.mrc")?;
/// assert_eq!(reader.by_ref().count(), 60);
/// # Ok::<(), tidemarc::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ReaderBuilder {
    options: Options,
}

impl ReaderBuilder {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many batches of this reader are parsed at once, at most. 1 runs everything on the
    /// caller's thread. The results are the same.
    ///
    /// Default: the number of worker threads (`RAYON_NUM_THREADS`, or the number of cores). They are
    /// started for inputs of a megabyte and more; if a number is given here, for 16 chunks and more.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = Some(threads.max(1));
        self
    }

    /// How many bytes are read at once, from 1 byte to 1 GiB. The results are the same.
    ///
    /// Default: 65,536.
    #[must_use]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.options.chunk_size = bytes.clamp(1, MOST);
        self
    }

    /// The longest record accepted, in bytes, from 26 bytes to 1 GiB. What is longer is a fault of
    /// kind [`OverLong`](crate::ErrorKind::OverLong). This also bounds the memory that an endless
    /// record can take.
    ///
    /// Default: 16 MiB.
    #[must_use]
    pub fn max_record_length(mut self, bytes: usize) -> Self {
        self.options.max_record_length = bytes.clamp(MIN_RECORD_LENGTH, MOST);
        self
    }

    /// A reader of a file, FIFO or device.
    ///
    /// # Errors
    /// If the path cannot be opened, or is a directory.
    pub fn from_path(&self, path: impl AsRef<Path>) -> Result<Reader, Error> {
        let path = path.as_ref();
        self.options.clone().stream_of_path(path).map(Reader::new).map_err(|error| {
            let name = Some(path.display().to_string().into());
            Error::io(error, Place { name, ..Place::default() })
        })
    }

    /// A reader of anything that reads. Its `read` is called on one thread at a time, which after
    /// the first chunks is a thread of its own unless [`threads`](Self::threads) is 1.
    pub fn from_reader(&self, source: impl io::Read + Send + 'static) -> Reader {
        Reader::new(self.options.clone().stream(Plain(source), None, false, None))
    }

    /// A reader of bytes in memory, which are not copied.
    pub fn from_bytes(&self, bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Reader {
        Reader::new(self.options.clone().stream_in_place(Arc::new(bytes)))
    }
}

/// Bytes in memory that are read like a file.
#[cfg(feature = "formats")]
struct Shared(crate::source::SharedBytes);

#[cfg(feature = "formats")]
impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
