//! The Rust face of a reader.

use super::{builder::ReaderBuilder, shared_record::SharedRecord};
use crate::{
    encoding::TextOptions,
    error::Error,
    parse::{Batch, Stats},
    pipeline::NextBatch,
    stream::{NextEntry, Quarantine, Stream},
};
use std::{fmt, io, path::Path, string::String, sync::Arc};

/// Reads MARC records one after the other, in the order of the input, from any
/// format: with the Cargo feature `formats`, the first bytes show which
/// ([`ReaderBuilder::format`] names one); without it, ISO 2709 is read.
///
/// As an iterator it gives [`SharedRecord`]s, which may be kept and sent to other threads. A
/// damaged record is an `Err` in its place, and the records after it follow: stop at the first
/// error, or go on, as you like. [`next_batch`](Self::next_batch) returns whole batches instead,
/// which costs no reference count a record.
///
/// Files and other sources of more than one chunk are read and parsed on other threads. Dropping
/// the reader stops them.
///
/// ```
/// let mut titles = 0;
/// for record in tidemarc::Reader::from_path("tests/fixtures/books.mrc")? {
///     let record = record?;
///     titles += record.view().fields_with("245".try_into().unwrap()).count();
/// }
/// assert_eq!(titles, 60);
/// # Ok::<(), tidemarc::Error>(())
/// ```
pub struct Reader {
    pub(super) stream: Stream,
    pub(super) skip_faults: bool,
}

impl Reader {
    pub(super) const fn new(stream: Stream, skip_faults: bool) -> Self {
        Self { stream, skip_faults }
    }

    /// Returns the stream, and true if faults are skipped.
    #[cfg(feature = "columns")]
    pub(crate) fn into_parts(self) -> (Stream, bool) {
        (self.stream, self.skip_faults)
    }

    /// Returns the options by which the text of the records is read.
    pub(crate) const fn text_options(&self) -> TextOptions {
        self.stream.text()
    }

    /// Puts the bytes that are not delivered as records into a quarantine: see [`Quarantine`]. If
    /// its file, or its report, is the very file that is read, that file stays untouched: then
    /// nothing is read, and an error says so.
    #[must_use]
    pub fn with_quarantine(mut self, quarantine: Quarantine) -> Self {
        let set = self.stream.set_quarantine(quarantine);
        set.unwrap_or_else(|error| self.stream.refuse(error));
        self
    }

    /// Ends the reading here, and returns the counts. If you stop before the end of the input, only
    /// this reports that the [quarantine](Quarantine) could not be written: a reader that is
    /// dropped writes out what it can, and reports nothing.
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub fn finish(mut self) -> Result<Stats, Error> {
        self.stream.end()
    }

    /// Returns the name of the input, or the number of the inputs.
    pub(crate) fn title(&self) -> Option<String> {
        self.stream.title().map(|title| title.to_string())
    }

    /// Returns the name of the current input, if it has one: for a file its path.
    #[must_use]
    pub fn input_name(&self) -> Option<&str> {
        self.stream.name().map(|name| &**name)
    }

    /// Returns a builder, to set what is to be done with damaged records, the number of threads,
    /// the limit on record length, and more.
    #[must_use]
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::new()
    }

    /// Returns a reader of a file, FIFO or device.
    ///
    /// # Errors
    /// If the path cannot be opened, or is a directory.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().from_path(path)
    }

    /// Returns a reader of several files, one after the other: see
    /// [`ReaderBuilder::from_paths`].
    ///
    /// ```
    /// let mut reader = tidemarc::Reader::from_paths(tidemarc::files("tests/fixtures/books*.mrc")?)?;
    /// for record in reader.by_ref() {
    ///     match record {
    ///         Ok(record) => assert!(record.input_name().is_some()),
    ///         Err(fault) => eprintln!("{fault}"),
    ///     }
    /// }
    /// assert!(reader.stats().inputs > 1);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one of the paths cannot be opened, or is a directory; if there is no path.
    pub fn from_paths(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Self, Error> {
        Self::builder().from_paths(paths)
    }

    /// Returns a reader of anything that reads.
    pub fn from_reader(source: impl io::Read + Send + 'static) -> Self {
        Self::builder().from_reader(source)
    }

    /// Returns a reader of bytes in memory, which are not copied.
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self::builder().from_bytes(bytes)
    }

    /// Returns the next batch, until the next call; `None` at the end. If the iterator has begun a
    /// batch, its rest is skipped.
    ///
    /// ```
    /// let mut reader = tidemarc::Reader::from_path("tests/fixtures/books.mrc")?;
    /// let mut fields = 0;
    /// while let Some(batch) = reader.next_batch()? {
    ///     fields += batch.records().map(|record| record.field_count()).sum::<usize>();
    /// }
    /// assert!(fields > 1_000);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the source fails, or the quarantine, or if there were more faults than
    /// [`max_faults`](ReaderBuilder::max_faults) in the batch before. Faults are among the
    /// [items](Batch::items) of the batch. After the batch that holds a fault which ends the stream
    /// there is none.
    pub fn next_batch(&mut self) -> Result<Option<&Batch>, Error> {
        let next = self.stream.next_whole()?;
        Ok(next.and_then(|()| self.stream.current().map(|batch| &**batch)))
    }

    /// Moves to the next batch, of which nothing is settled. Returns false at the end.
    pub(super) fn turn(&mut self) -> Result<bool, Error> {
        loop {
            match self.stream.fetch(None) {
                NextBatch::Batch(..) => return Ok(true),
                NextBatch::Pending => {}
                NextBatch::End => return Ok(false),
                NextBatch::Failed(error) => return Err(self.stream.failure(error)),
            }
        }
    }

    /// Returns the counts of the records, faults and padding delivered so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stream.stats()
    }

    /// How far the reader is: the end of what was delivered last, in bytes from the start; with
    /// several inputs, the sum of the bytes delivered.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.stats().position()
    }

    /// Describes the input so far in a few lines of text: the counts, and the faults by kind.
    ///
    /// ```
    /// let mut reader = tidemarc::Reader::from_path("tests/fixtures/books.mrc")?;
    /// assert_eq!(reader.by_ref().count(), 60);
    /// assert_eq!(reader.summary(), "tests/fixtures/books.mrc: 60 records in 73298 bytes");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn summary(&self) -> String {
        self.stats().summary(self.stream.title().as_deref())
    }
}

impl Iterator for Reader {
    type Item = Result<SharedRecord, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let step = self.stream.step(None);
            let current = self.stream.current();
            match step {
                NextEntry::Record(at) => {
                    return Some(Ok(SharedRecord::new(Arc::clone(current?), at)));
                }
                NextEntry::Fault(at) => {
                    let error = self.stream.error(at)?;
                    if !self.skip_faults || self.stream.is_end(&error) {
                        return Some(Err(error));
                    }
                }
                NextEntry::Pending => {}
                NextEntry::End => return None,
                NextEntry::Failed(error) => return Some(Err(self.stream.failure(error))),
            }
        }
    }
}

impl std::iter::FusedIterator for Reader {}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("name", &self.stream.name())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Reader: Send);
