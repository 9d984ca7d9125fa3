//! The builder of a reader.

mod sources;

use crate::{
    encoding::{DecodeOptions, Encoding, ErrorPolicy},
    framing::MAX_OFFSET,
    record::MIN_RECORD_LENGTH,
    source::range::ByteRange,
    stream::{MOST_BYTES, MOST_PARTITIONS, Options},
};
use std::sync::{Arc, atomic::AtomicU64};

/// Builds a [`Reader`](crate::Reader).
///
/// The options have the names of the keyword arguments of Python's `Reader`. They may be set in any
/// order. A number beyond the limits of an option counts as the nearest limit.
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
    pub(super) options: Options,
    decode: DecodeOptions,
    encoding: Option<Encoding>,
    skip_faults: bool,
}

impl ReaderBuilder {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the encoding of the records' text; `None` detects it for each record, as
    /// [`detect`](crate::encoding::detect) does. It has no effect on text formats. Text is decoded
    /// by [`SharedRecord::text`](crate::SharedRecord::text), and by [`check`](crate::check).
    ///
    /// Default: `None`.
    ///
    /// ```
    /// use tidemarc::{Reader, encoding::Encoding};
    ///
    /// // leader/09 is blank, which means MARC-8; but the byte E9 is é in ISO 8859-1.
    /// let bytes = b"00050nam  2200037   4500245001200000\x1e10\x1fares\xE9mer\x1e\x1d";
    /// let mut reader = Reader::builder().encoding(Encoding::Latin1).from_bytes(bytes);
    /// let record = reader.next().unwrap()?;
    /// let text = record.text();
    /// let title = record.view().fields().next().unwrap();
    /// assert_eq!(text.field(&record, title).unwrap(), "10\u{1f}aresémer");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn encoding(mut self, encoding: impl Into<Option<Encoding>>) -> Self {
        self.encoding = encoding.into();
        self
    }

    /// Sets the treatment of bytes that do not decode, when text is decoded.
    ///
    /// Default: [`ErrorPolicy::Strict`]; they are an error.
    ///
    /// ```
    /// use tidemarc::{Reader, encoding::ErrorPolicy};
    ///
    /// let bytes = b"00050nam a2200037   4500245001200000\x1e10\x1fares\xE9mer\x1e\x1d";
    /// let reader = Reader::builder().encoding_errors(ErrorPolicy::BackslashReplace);
    /// let record = reader.from_bytes(bytes).next().unwrap()?;
    /// let title = record.view().fields().next().unwrap();
    /// assert_eq!(record.text().field(&record, title).unwrap(), "10\u{1f}ares\\xe9mer");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub const fn encoding_errors(mut self, policy: ErrorPolicy) -> Self {
        self.decode = self.decode.policy(policy);
        self
    }

    /// If true, `&#x…;` in MARC-8 is the character of that number.
    ///
    /// Default: false; it is text.
    ///
    /// ```
    /// let bytes = b"00051nam  2200037   4500245001300000\x1e10\x1fa&#x4E2D;\x1e\x1d";
    /// let reader = tidemarc::Reader::builder().numeric_references(true);
    /// let record = reader.from_bytes(bytes).next().unwrap()?;
    /// let title = record.view().fields().next().unwrap();
    /// assert_eq!(record.text().field(&record, title).unwrap(), "10\u{1f}a中");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub const fn numeric_references(mut self, read: bool) -> Self {
        self.decode = self.decode.numeric_references(read);
        self
    }

    /// Sets the most batches of this reader that are parsed at once, at least 1. 1 runs everything
    /// on the caller's thread. The results are the same.
    ///
    /// Default: the number of worker threads (`RAYON_NUM_THREADS`, or the number of cores). They
    /// are started for inputs of a megabyte and more; if a number is given here, for 16 chunks and
    /// more.
    ///
    /// ```
    /// let reader = tidemarc::Reader::builder().threads(1).from_path("tests/fixtures/books.mrc")?;
    /// assert_eq!(reader.count(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = Some(threads.max(1));
        self
    }

    /// Sets the number of bytes that are read at once, from 1 byte to 1 GiB. The results are the
    /// same.
    ///
    /// Default: 65,536.
    ///
    /// ```
    /// let builder = tidemarc::Reader::builder().chunk_size(1 << 20);
    /// assert_eq!(builder.from_path("tests/fixtures/books.mrc")?.count(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.options.chunk_size = bytes.clamp(1, MOST_BYTES);
        self
    }

    /// If false, the input is left right after the record that was delivered last, for other code
    /// to continue there: each record is read alone, first its leader, then its directory, then the
    /// rest, on the caller's thread for any value of [`threads`](Self::threads). The records and
    /// faults are the same.
    ///
    /// Blank space between two records is read with the second. After a damaged record the input
    /// may be further on, by what that record claimed to be: those bytes are delivered from memory,
    /// and the first record that is not among them leaves the input right after itself again.
    /// [`Reader::position`](crate::Reader::position) is in any case the end of what was delivered.
    ///
    /// This is for ISO 2709: with this option its format is not detected. If another
    /// [`format`](Self::format) is named, the reader reads nothing and gives an error of kind
    /// [`Io`](crate::ErrorKind::Io) (`InvalidInput`); [`from_path`](Self::from_path) returns it.
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

    /// Sets the longest record accepted, in bytes of the input, from 26 bytes (of a text format,
    /// 64) to 1 GiB. A longer one is a fault of kind [`OverLong`](crate::ErrorKind::OverLong). This
    /// also bounds the memory that an endless record can take.
    ///
    /// Default: 16 MiB.
    ///
    /// ```
    /// let builder = tidemarc::Reader::builder().max_record_length(1_500);
    /// let reader = builder.from_path("tests/fixtures/books.mrc")?;
    /// assert!(reader.filter(Result::is_err).count() > 0);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn max_record_length(mut self, bytes: usize) -> Self {
        self.options.max_record_length = bytes.clamp(MIN_RECORD_LENGTH, MOST_BYTES);
        self
    }

    /// Sets the largest number of bytes for each byte of a compressed input, at least 1. It stops an
    /// input that was made to fill a disk or to take hours. Beyond it an I/O error comes in its
    /// place, with the position in the compressed input. The first mebibyte is always allowed.
    ///
    /// Default: no limit. Files of MARC records have ratios of about 3 to 30. Memory is bounded in
    /// any case.
    ///
    /// ```
    /// let builder = tidemarc::Reader::builder().max_ratio(100);
    /// assert_eq!(builder.from_path("tests/fixtures/books.mrc")?.count(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn max_ratio(mut self, ratio: u64) -> Self {
        self.options.max_ratio = Some(ratio.max(1));
        self
    }

    /// If true, a damaged record that agrees with itself is delivered as a record, with its
    /// [faults](crate::SharedRecord::faults); `docs/recovery.md` has the conditions. A record that
    /// cannot be repaired is an `Err` in its place, as without repair. Records without a fault are
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

    /// If true, the iterator skips faults. They are still counted
    /// ([`stats`](crate::Reader::stats)) and go to the
    /// [quarantine](crate::Reader::with_quarantine) if there is one. Faults that end a stream are
    /// never skipped.
    ///
    /// Default: false; each fault is an `Err` in its place.
    ///
    /// ```
    /// let builder = tidemarc::Reader::builder().skip_faults(true);
    /// let mut reader = builder.from_path("tests/fixtures/books-damaged.mrc")?;
    /// assert!(reader.by_ref().all(|record| record.is_ok()));
    /// assert!(reader.stats().faults > 0);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn skip_faults(mut self, skip: bool) -> Self {
        self.skip_faults = skip;
        self
    }

    /// Sets the number of faults that the reader accepts. The next one is an error of kind
    /// [`TooManyFaults`](crate::ErrorKind::TooManyFaults), and the end of the stream. Spans that
    /// are no record count; repaired records do not.
    ///
    /// Default: any number.
    ///
    /// ```
    /// use tidemarc::{ErrorKind, Reader};
    ///
    /// let reader = Reader::builder().max_faults(0).from_path("tests/fixtures/books-damaged.mrc")?;
    /// let error = reader.last().unwrap().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TooManyFaults);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn max_faults(mut self, faults: u64) -> Self {
        self.options.max_faults = Some(faults);
        self
    }

    /// Sets the first byte to read, counted from the start of the input: the offset of a record, or
    /// the [position](crate::Reader::position) where an earlier reader stopped. From inside damage
    /// the records are the same, and the faults before them may be others. The bytes before it are
    /// not read in a regular file or in memory, and are read and skipped in others; record numbers
    /// count from there. Beyond the end of the input there is nothing to read: of a regular file or
    /// bytes the start is their end then, of others it stays what it is, up to 2^63 - 1.
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

    /// Sets the range to read: the reader delivers the records and faults whose first byte is in
    /// it, exactly as a reader of the whole input finds them. Any offsets will do, so if an input
    /// is cut into ranges, their readers deliver together what one reader delivers. The last record
    /// is read to its end, also beyond the end of the range. Record numbers start at 1 in the
    /// range; offsets are those of the whole input.
    ///
    /// An input of ISO 2709, MARCMaker or line text can be cut, also in BGZF. Any other format, and
    /// input that is compressed in another way, is one range: the range that contains byte 0
    /// delivers everything, and any other range nothing. [`splits`](crate::splits) proposes ranges.
    ///
    /// The source is a regular file at a path, or bytes. A reader over any other source reads
    /// nothing and gives an error of kind [`Io`](crate::ErrorKind::Io) (`InvalidInput`), and so
    /// does one with a [`start`](Self::start), or with a range that ends before its start;
    /// [`from_path`](Self::from_path) returns the error.
    ///
    /// Default: the whole input.
    ///
    /// ```
    /// use tidemarc::Reader;
    ///
    /// let path = "tests/fixtures/books.mrc";
    /// let first = Reader::builder().range(0..20_000).from_path(path)?;
    /// let second = Reader::builder().range(20_000..).from_path(path)?;
    /// assert_eq!(first.count() + second.count(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn range(mut self, range: impl Into<ByteRange>) -> Self {
        self.options.range = Some(range.into());
        self
    }

    /// Sets the number of parts of the input that are read at once, each on a thread of its own, at
    /// least 1. The results are the same, in the same order; [`threads`](Self::threads) has no
    /// effect then. This is for inputs that can be cut into [ranges](Self::range) and that are
    /// longer than 64 chunks, which is 4 MiB by default, where one thread that reads is the limit.
    /// Any other input is read as if the number were 1. Partitions exclude a [`start`](Self::start)
    /// and [several files](Self::from_paths).
    ///
    /// Each part that is read keeps up to 64 batches, which is 4 MiB of the input with the default
    /// [`chunk_size`](Self::chunk_size), and half as many more parts may wait for their delivery. A
    /// [projection that needs no records](crate::Project::needs_records) keeps only its outputs.
    ///
    /// Default: 1.
    ///
    /// ```
    /// let builder = tidemarc::Reader::builder().partitions(2);
    /// assert_eq!(builder.from_path("tests/fixtures/books.mrc")?.count(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn partitions(mut self, parts: usize) -> Self {
        self.options.partitions = parts.clamp(1, MOST_PARTITIONS);
        self
    }

    /// Adds the number of bytes read from a path or an open file to this counter, chunk by chunk,
    /// for a program that shows progress. The bytes of a compressed file are counted as they are in
    /// the file, so they add up to its length. Of a zip archive only the data of its files is
    /// counted.
    ///
    /// Default: no counter.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    ///
    /// let read = Arc::new(AtomicU64::new(0));
    /// let builder = tidemarc::Reader::builder().progress(Arc::clone(&read));
    /// assert_eq!(builder.from_path("tests/fixtures/books.mrc")?.count(), 60);
    /// assert_eq!(read.load(Ordering::Relaxed), 73_298);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn progress(mut self, read: Arc<AtomicU64>) -> Self {
        self.options.meter = Some(read);
        self
    }
}
