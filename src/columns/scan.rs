//! The batches of a table, read from records.

use super::{columns::Columns, join::Joined, plan::Plan, project::Part};
use crate::{
    error::{Error, InputName},
    parse::{Batch, Stats},
    pipeline::NextBatch,
    reader::Reader,
    select::Filter,
    stream::{Batches, NextEntry, Stream},
};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use std::{
    boxed::Box,
    fmt, io, mem,
    string::String,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

/// Message of the error for a column whose offsets do not fit into 32 bits.
const TOO_LONG: &str =
    "a column has more than 2 GiB in one chunk: set a smaller chunk_size or max_record_length";

/// Reads records as a table: an iterator over batches of Arrow, in the order of the input.
///
/// It reads from a [`Reader`] and follows the options of that reader: threads, repair, encoding,
/// quarantine, limits. A damaged span is an `Err` in its place, and the rows after it follow, unless
/// the reader [skips faults](crate::ReaderBuilder::skip_faults). A batch has up to 65,536 rows, and
/// at most 8 MiB unless a single row is larger. The batches do not depend on the number of threads
/// or on the chunk size.
///
/// As an iterator, and so as a [`RecordBatchReader`], it gives [`ArrowError::ExternalError`] around
/// an [`Error`]; [`next_batch`](Self::next_batch) gives the [`Error`] itself. Dropping the scan
/// stops its threads.
///
/// ```
/// use tidemarc::{Reader, columns::{Column, Columns, Metadata, Scan}};
///
/// let columns = Columns::new([
///     ("id", Column::metadata(Metadata::ControlNumber)),
///     ("subjects", Column::select("650$a")?),
/// ])?;
/// let reader = Reader::builder().skip_faults(true).from_path("tests/fixtures/books-damaged.mrc")?;
/// let mut scan = Scan::new(reader, &columns);
/// let batch = scan.next_batch()?.unwrap();
/// assert_eq!((batch.num_rows(), batch.num_columns()), (57, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Scan {
    batches: Batches<Plan>,
    plan: Plan,
    /// The batch whose rows are being delivered, and its part.
    current: Option<(Arc<Batch>, Part)>,
    /// Number of rows of the part that were joined.
    joined_rows: usize,
    /// Number of records of the part that were settled.
    settled: usize,
    /// Number of rows of these records.
    settled_rows: usize,
    joined: Joined,
    /// The error in the place after the joined rows.
    owed: Option<Error>,
    /// Number of rows that the error stands for, after the settled ones.
    lost_rows: usize,
    skip_faults: bool,
    on_skip: Option<OnSkip>,
    is_strict: bool,
    /// Number of rows that are still to be delivered at most.
    rows_left: u64,
    undecodable: u64,
    is_over: bool,
}

/// Receives each fault that is skipped.
type OnSkip = Box<dyn FnMut(Error) -> io::Result<()> + Send>;

impl Scan {
    /// Creates a scan of the records of a reader from which nothing was read yet. With any other
    /// reader, the first batch is an error.
    #[must_use]
    pub fn new(reader: Reader, columns: &Columns) -> Self {
        let (stream, skip_faults) = reader.into_parts();
        Self::of_stream(stream, skip_faults, columns, None)
    }

    /// Does the same with the records that match a filter. The threads that parse evaluate it. A
    /// record whose undecodable text decides has no row, and is counted as
    /// [undecodable](Self::undecodable).
    ///
    /// ```
    /// use tidemarc::{Reader, columns::{Column, Columns, Scan}};
    ///
    /// let columns = Columns::new([("title", Column::select("245$a")?)])?;
    /// let reader = Reader::from_path("tests/fixtures/books.mrc")?;
    /// let mut scan = Scan::matching(reader, &columns, "008/35-37 = 'ger'".parse()?);
    /// assert_eq!(scan.next_batch()?.unwrap().num_rows(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn matching(reader: Reader, columns: &Columns, filter: Filter) -> Self {
        let (stream, skip_faults) = reader.into_parts();
        Self::of_stream(stream, skip_faults, columns, Some(Arc::new(filter)))
    }

    /// Does the same for a stream.
    pub(crate) fn of_stream(
        stream: Stream,
        skip_faults: bool,
        columns: &Columns,
        filter: Option<Arc<Filter>>,
    ) -> Self {
        let plan = Plan::new(columns, stream.text(), filter);
        Self {
            batches: stream.project(plan.clone()),
            joined: Joined::new(Arc::clone(&plan.program)),
            plan,
            current: None,
            joined_rows: 0,
            settled: 0,
            settled_rows: 0,
            owed: None,
            lost_rows: 0,
            skip_faults,
            on_skip: None,
            is_strict: false,
            rows_left: u64::MAX,
            undecodable: 0,
            is_over: false,
        }
    }

    /// If true, text that is undecodable and that a column needs is an error in the place of the
    /// row, with its position. This has no effect if the reader
    /// [replaces](crate::ReaderBuilder::encoding_errors) such text.
    ///
    /// Default: false; the cell is null.
    #[must_use]
    pub const fn strict_text(mut self, is_strict: bool) -> Self {
        self.is_strict = is_strict;
        self
    }

    /// Sets the largest number of rows. After them the scan is at its end and reads no more; the
    /// counts may include records after the last row.
    ///
    /// Default: any number.
    ///
    /// ```
    /// use tidemarc::{Reader, columns::{Column, Columns, Scan}};
    ///
    /// let columns = Columns::new([("title", Column::select("245$a")?)])?;
    /// let scan = Scan::new(Reader::from_path("tests/fixtures/books.mrc")?, &columns).limit(5);
    /// let rows = scan.map(|batch| batch.map(|batch| batch.num_rows())).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(rows, [5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn limit(mut self, rows: u64) -> Self {
        self.rows_left = rows;
        self
    }

    /// Sets the largest number of rows in a batch. Smaller batches take less memory, and the rows of
    /// a slow source come earlier.
    ///
    /// Default: 65,536. Values below 1 count as 1.
    ///
    /// ```
    /// use tidemarc::{Reader, columns::{Column, Columns, Scan}};
    ///
    /// let columns = Columns::new([("title", Column::select("245$a")?)])?;
    /// let scan = Scan::new(Reader::from_path("tests/fixtures/books.mrc")?, &columns).batch_rows(25);
    /// let rows = scan.map(|batch| batch.map(|batch| batch.num_rows())).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(rows, [25, 25, 10]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.joined.set_most_rows(rows.max(1));
        self
    }

    /// Calls a function with each fault that is skipped. An error of the function is an error of
    /// the scan in the place of the fault.
    ///
    /// Default: skipped faults are only counted.
    ///
    /// ```
    /// use tidemarc::{Reader, columns::{Column, Columns, Scan}};
    ///
    /// let columns = Columns::new([("title", Column::select("245$a")?)])?;
    /// let reader = Reader::builder().skip_faults(true).from_path("tests/fixtures/books-damaged.mrc")?;
    /// let (sender, faults) = std::sync::mpsc::channel();
    /// let scan = Scan::new(reader, &columns).on_skip(move |fault| {
    ///     sender.send(fault.code()).map_err(std::io::Error::other)
    /// });
    /// assert_eq!(scan.count(), 1);
    /// assert_eq!(faults.iter().count(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_skip(mut self, report: impl FnMut(Error) -> io::Result<()> + Send + 'static) -> Self {
        self.on_skip = Some(Box::new(report));
        self
    }

    /// Returns the schema of the batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.plan.program.schema)
    }

    /// Returns the next batch; `None` at the end. It has a row at least.
    ///
    /// # Errors
    /// A damaged span, unless the reader skips faults; undecodable text, if that is
    /// [strict](Self::strict_text); a failure of the source or of the quarantine; more faults than
    /// the limit of the reader. The rows before come first, and the next call continues after it.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            if let Poll::Ready(batch) = self.poll(None)? {
                return Ok(batch);
            }
        }
    }

    /// Does the same, and returns without a batch after about this time.
    pub(crate) fn poll(
        &mut self,
        patience: Option<Duration>,
    ) -> Result<Poll<Option<RecordBatch>>, Error> {
        let begun = patience.map(|patience| (Instant::now(), patience));
        loop {
            let has_room = |scan: &Self| (scan.joined.rows() as u64) < scan.rows_left;
            if let Some((batch, part)) = &self.current
                && self.joined_rows < self.settled_rows
                && has_room(self)
            {
                let most = self.rows_left - self.joined.rows() as u64;
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                let end = self.settled_rows.min(self.joined_rows.saturating_add(most));
                let rows = self.joined_rows..end;
                self.joined_rows += self.joined.append(part, batch, rows);
                if self.joined_rows < self.settled_rows || self.joined.is_full() {
                    return self.finish_batch();
                }
            }
            let is_enough = !has_room(self);
            if self.owed.is_none() && !self.is_over && !is_enough {
                let is_late = begun.is_some_and(|(begun, patience)| begun.elapsed() >= patience);
                if is_late || !self.step(patience) {
                    return Ok(Poll::Pending);
                }
                continue;
            }
            if !self.joined.is_empty() {
                return self.finish_batch();
            }
            if is_enough {
                return Ok(Poll::Ready(None));
            }
            let Some(error) = self.owed.take() else { return Ok(Poll::Ready(None)) };
            self.settled_rows += mem::take(&mut self.lost_rows);
            self.joined_rows = self.settled_rows;
            return Err(error);
        }
    }

    fn finish_batch(&mut self) -> Result<Poll<Option<RecordBatch>>, Error> {
        self.rows_left -= self.joined.rows() as u64;
        if self.rows_left == 0 {
            self.batches.stop();
        }
        let batch = self.joined.finish();
        let batch = batch.map_err(|error| self.batches.failure(io::Error::other(error)))?;
        Ok(Poll::Ready(Some(batch)))
    }

    /// Settles rows up to the next error or the end of the batch. After that end, moves to the next
    /// batch. Returns false if none came within this time.
    fn step(&mut self, patience: Option<Duration>) -> bool {
        let Some((batch, part)) = &self.current else { return self.fetch(patience) };
        let before = self.settled_rows;
        while let Some(step) = self.batches.step_in_batch() {
            match step {
                NextEntry::Record(at) => {
                    self.settled += 1;
                    let end = part.rows_of(self.settled);
                    let found = part.undecodable.binary_search_by_key(&at, |found| found.entry);
                    if let Ok(found) = found {
                        let found = &part.undecodable[found];
                        if self.is_strict {
                            self.owed = batch.text_fault_in(at, found.field, found.error);
                            self.lost_rows = end - self.settled_rows;
                            return true;
                        }
                        self.undecodable += 1;
                    }
                    self.settled_rows = end;
                }
                NextEntry::Fault(at) => {
                    let Some(error) = self.batches.error(at) else { continue };
                    if !self.skip_faults || self.batches.is_end(&error) {
                        self.owed = Some(error);
                        return true;
                    }
                    if let Some(report) = &mut self.on_skip
                        && let Err(error) = report(error)
                    {
                        self.owed = Some(self.batches.failure(error));
                        return true;
                    }
                }
                NextEntry::Failed(error) => {
                    self.owed = Some(self.batches.failure(error));
                    return true;
                }
                NextEntry::Pending | NextEntry::End => break,
            }
        }
        if self.settled_rows == before
            && let Some((_, part)) = self.current.take()
        {
            self.batches.give_back(part);
        }
        true
    }

    /// Moves to the next batch. Returns false if none came within this time.
    fn fetch(&mut self, patience: Option<Duration>) -> bool {
        match self.batches.fetch(patience) {
            NextBatch::Batch((batch, part)) => {
                if part.is_too_long {
                    self.batches.stop();
                    let error = io::Error::new(io::ErrorKind::InvalidData, TOO_LONG);
                    self.owed = Some(self.batches.failure(error));
                    return true;
                }
                (self.settled, self.settled_rows, self.joined_rows) = (0, 0, 0);
                self.current = Some((batch, part));
            }
            NextBatch::Pending => return false,
            NextBatch::End => self.is_over = true,
            NextBatch::Failed(error) => self.owed = Some(self.batches.failure(error)),
        }
        true
    }

    /// Returns the name of the current input, if it has one: for a file its path.
    #[must_use]
    pub fn input_name(&self) -> Option<&str> {
        self.batches.name().map(|name| &**name)
    }

    /// Returns the name of the whole: that of the input, or the number of the inputs.
    pub(crate) fn title(&self) -> Option<InputName> {
        self.batches.title()
    }

    /// Returns the counts of the records, faults and padding read so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.batches.stats()
    }

    /// Returns the number of records with text in a column that is undecodable, and therefore null.
    #[must_use]
    pub const fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// Describes the input so far in a few lines of text: the counts, the faults by kind, and the
    /// records with undecodable text.
    #[must_use]
    pub fn summary(&self) -> String {
        let summary = self.stats().summary(self.title().as_deref());
        match self.undecodable {
            0 => summary,
            1 => format!("{summary}\n1 record has undecodable text, which is null"),
            records => format!("{summary}\n{records} records have undecodable text, which is null"),
        }
    }

    /// Ends the scan here, and returns the counts: see [`Reader::finish`].
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub fn finish(mut self) -> Result<Stats, Error> {
        self.batches.end()
    }
}

impl Iterator for Scan {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.next_batch().transpose()?;
        Some(batch.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl std::iter::FusedIterator for Scan {}

impl RecordBatchReader for Scan {
    fn schema(&self) -> SchemaRef {
        self.schema()
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("schema", &self.schema())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Scan: Send);
