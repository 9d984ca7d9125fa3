//! How a reader reads.

use super::{
    engine::Engine,
    index::{Parse, ParseStage},
    rust::Reader,
    stream::Stream,
};
#[cfg(feature = "formats")]
use crate::format::{AutoSource, Controls, Format, ReadOptions, Wish};
use crate::{
    error::{Error, Place},
    framing::{DEFAULT_MAX_RECORD_LENGTH, Framer, MAX_OFFSET},
    record::MIN_RECORD_LENGTH,
    source::{
        BatchSource, ChunkReader, DEFAULT_CHUNK_SIZE, FileId, Input, Opened, PassOver, Plain,
        SliceReader, open_path,
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
    pub(crate) read_ahead: bool,
    pub(crate) max_record_length: usize,
    pub(crate) repair: bool,
    pub(crate) max_faults: Option<u64>,
    pub(crate) start: u64,
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
            read_ahead: true,
            max_record_length: DEFAULT_MAX_RECORD_LENGTH,
            repair: false,
            max_faults: None,
            start: 0,
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
    fn framer(&self, start: u64) -> Framer {
        Framer::with_max_record_length(self.max_record_length).repairs(self.repair).at_offset(start)
    }

    /// How many batches may be parsed at once.
    pub(super) fn threads(&self) -> usize {
        if !self.read_ahead {
            return 1;
        }
        #[cfg(feature = "parallel")]
        return self.threads.unwrap_or_else(crate::pipeline::threads);
        #[cfg(not(feature = "parallel"))]
        return self.threads.map_or(1, |_| 1);
    }

    /// A stream over what an open input gives, which stands at the first byte to be read.
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
        let framer = self.framer(self.start);
        let mut source = ChunkReader::new(input, self.chunk_size, framer, self.start);
        if !self.read_ahead {
            source = source.exact();
        }
        self.stream_of(Box::new(source), total_bytes, can_retry, name)
    }

    #[cfg(feature = "formats")]
    fn read_options(&self) -> ReadOptions {
        ReadOptions::new().controls(self.controls).max_record_length(self.max_record_length)
    }

    #[cfg(feature = "formats")]
    fn wish(&self) -> Wish {
        Wish {
            format: self.format,
            options: self.read_options(),
            chunk_size: self.chunk_size.max(1),
            framer: self.framer(self.start),
            found: Arc::clone(&self.found),
        }
    }

    /// A stream over bytes in memory. A start beyond their end is their end.
    pub(crate) fn stream_in_place(mut self, bytes: crate::source::SharedBytes) -> Stream {
        let all = (*bytes).as_ref();
        let length = all.len() as u64;
        self.start = self.start.min(length);
        #[cfg(feature = "formats")]
        {
            let head = &all[self.start as usize..];
            let sniff = || Format::sniff_at(head, self.start, self.wish().options);
            let format = self.format.or_else(sniff).unwrap_or(Format::Iso2709);
            if format != Format::Iso2709 {
                self.format = Some(format);
                let mut input = Cursor::new(Shared(bytes));
                input.set_position(self.start);
                return self.stream(Plain(input), Some(length), false, None);
            }
        }
        #[cfg(feature = "formats")]
        let _ = self.found.set(Format::Iso2709);
        let source = SliceReader::new(bytes, self.chunk_size, self.framer(self.start));
        self.stream_of(Box::new(source), Some(length), false, None)
    }

    /// A stream over a path.
    pub(crate) fn stream_of_path(mut self, path: &Path) -> io::Result<Stream> {
        let Opened { input, length, start } = open_path(path, self.start)?;
        self.start = start;
        let stream = self.stream(input, length, false, Some(path.display().to_string().into()));
        Ok(stream.of_file(FileId::of_path(path)))
    }

    pub(crate) fn stream_of(
        self,
        source: Box<dyn BatchSource>,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<Arc<str>>,
    ) -> Stream {
        let stage = ParseStage {
            parse: Parse { repairs: self.repair },
            #[cfg(feature = "formats")]
            options: self.read_options(),
            #[cfg(feature = "formats")]
            format: Arc::clone(&self.found),
            project: (),
        };
        let (start, max_faults) = (self.start, self.max_faults);
        let engine = Engine::new(source, self, total_bytes, can_retry, name, stage);
        Stream::new(engine, total_bytes, start, max_faults)
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
    skip_faults: bool,
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

    /// Whether the input is read ahead of what is asked for. If not, it is left standing right behind
    /// the record that was delivered last, for somebody else to go on with: each record is read on its
    /// own, first its leader, then its directory, then the rest, on the caller's thread whatever
    /// [`threads`](Self::threads) says. The records and faults are the same.
    ///
    /// Blank space between two records is read with the second. Behind a damaged record the input
    /// may stand further, by what that record claimed to be: those bytes are delivered from memory, and
    /// the first record that is not among them leaves the input right behind itself again.
    /// [`Reader::position`] says in any case where what was delivered ends.
    ///
    /// Default: true, which is several times as fast.
    ///
    /// ```
    /// use std::{fs::File, io::Seek, sync::Arc};
    ///
    /// // A reader takes its source by value; `&File`, `Arc<File>` and `try_clone` share the place in the file.
    /// let file = Arc::new(File::open("tests/fixtures/books.mrc")?);
    /// let mut reader = tidemarc::Reader::builder().read_ahead(false).from_reader(Arc::clone(&file));
    /// let first = reader.next().unwrap()?;
    /// assert_eq!((&*file).stream_position()?, first.as_bytes().len() as u64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn read_ahead(mut self, read_ahead: bool) -> Self {
        self.options.read_ahead = read_ahead;
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

    /// Whether a damaged record that agrees with itself is delivered as a record, with its
    /// [faults](crate::SharedRecord::faults); `docs/recovery.md` says what that takes. What cannot
    /// be repaired is an `Err` in its place, as it is without repair. Records without a fault are
    /// the same either way, and cost the same.
    ///
    /// Default: false; every damaged record is an `Err`.
    ///
    /// ```
    /// let damaged = "tests/fixtures/books-damaged.mrc";
    /// let read = |repair| {
    ///     let reader = tidemarc::Reader::builder().repair(repair).from_path(damaged);
    ///     reader.map(|reader| reader.filter(Result::is_ok).count())
    /// };
    /// assert_eq!((read(false)?, read(true)?), (57, 59));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn repair(mut self, repair: bool) -> Self {
        self.options.repair = repair;
        self
    }

    /// Whether the iterator passes over faults. They are counted all the same
    /// ([`Reader::stats`]), go to the [quarantine](Reader::with_quarantine) if there is one, and
    /// the faults that end a stream are never passed over.
    ///
    /// Default: false; each fault is an `Err` in its place.
    #[must_use]
    pub fn skip_faults(mut self, skip: bool) -> Self {
        self.skip_faults = skip;
        self
    }

    /// How many faults to put up with. The next one is an error of kind
    /// [`TooManyFaults`](crate::ErrorKind::TooManyFaults), behind which the stream ends. Spans that
    /// are no record count; repaired records do not.
    ///
    /// Default: any number.
    #[must_use]
    pub fn max_faults(mut self, faults: u64) -> Self {
        self.options.max_faults = Some(faults);
        self
    }

    /// Where to begin, in bytes from the start of the input: at the offset of a record, or where an
    /// earlier reader stood ([`Reader::position`]). From inside damage the records are the same, and the
    /// faults before them may be others. What lies before is not read in a regular file or
    /// in memory, and read and passed over in others; record numbers count from there. Beyond the end
    /// of the input there is nothing to read: of a regular file or bytes the start is their end then,
    /// of others it stays what it is, up to 2^63 - 1.
    ///
    /// Default: 0.
    ///
    /// ```
    /// let path = "tests/fixtures/books.mrc";
    /// let third = tidemarc::Reader::from_path(path)?.nth(2).unwrap()?;
    /// let again = tidemarc::Reader::builder().start(third.offset()).from_path(path)?.next().unwrap()?;
    /// assert_eq!((again.as_bytes(), again.offset()), (third.as_bytes(), third.offset()));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn start(mut self, offset: u64) -> Self {
        self.options.start = offset.min(MAX_OFFSET);
        self
    }

    /// A reader of a file, FIFO or device.
    ///
    /// # Errors
    /// If the path cannot be opened, or is a directory.
    pub fn from_path(&self, path: impl AsRef<Path>) -> Result<Reader, Error> {
        let path = path.as_ref();
        let options = self.options.clone();
        options.stream_of_path(path).map(|stream| self.reader(stream)).map_err(|error| {
            let name = Some(path.display().to_string().into());
            Error::io(error, Place { name, ..Place::default() })
        })
    }

    /// A reader of anything that reads. Its `read` is called on one thread at a time, which after
    /// the first chunks is a thread of its own unless [`threads`](Self::threads) is 1.
    pub fn from_reader(&self, source: impl io::Read + Send + 'static) -> Reader {
        let source = PassOver::new(Plain(source), self.options.start);
        self.reader(self.options.clone().stream(source, None, false, None))
    }

    /// A reader of bytes in memory, which are not copied.
    ///
    /// `as_ref` is called again and again, and must give the same bytes each time, for as long as there
    /// is a record of them. Where it gives fewer the reader fails, and a record panics.
    pub fn from_bytes(&self, bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Reader {
        self.reader(self.options.clone().stream_in_place(Arc::new(bytes)))
    }

    const fn reader(&self, stream: Stream) -> Reader {
        Reader::new(stream, self.skip_faults)
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
