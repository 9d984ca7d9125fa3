//! The batches of a table, read from records.

use super::{columns::Columns, join::Joined, plan::Plan, project::Part};
use crate::{
    error::Error,
    parse::{Batch, Stats},
    pipeline::NextBatch,
    reader::Reader,
    record::Severity,
    stream::{Batches, NextEntry},
};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use std::{boxed::Box, fmt, io, mem, string::String, sync::Arc};

/// Message of the error for a column whose offsets do not fit into 32 bits.
const TOO_LONG: &str =
    "a column has more than 2 GiB in one chunk: set a smaller chunk_size or max_record_length";

/// Reads records as a table: an iterator over batches of Arrow, in the order of the input.
///
/// It reads from a [`Reader`] and follows the options of that reader: threads, repair, encoding,
/// quarantine, limits. A damaged span is an `Err` in its place, and the rows after it follow, unless
/// the reader [skips faults](crate::ReaderBuilder::skip_faults). A batch has up to 65,536 rows, and
/// at most 16 MiB unless a single row is larger. The batches do not depend on the number of threads
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
    is_strict: bool,
    undecodable: u64,
    is_over: bool,
}

impl Scan {
    /// Creates a scan of the records of a reader from which nothing was read yet. With any other
    /// reader, the first batch is an error.
    #[must_use]
    pub fn new(reader: Reader, columns: &Columns) -> Self {
        let (stream, skip_faults) = reader.into_parts();
        let plan = Plan::new(columns, stream.text());
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
            is_strict: false,
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
            if let Some((batch, part)) = &self.current
                && self.joined_rows < self.settled_rows
            {
                let rows = self.joined_rows..self.settled_rows;
                self.joined_rows += self.joined.append(part, batch, rows);
                if self.joined_rows < self.settled_rows || self.joined.is_full() {
                    return self.finish_batch();
                }
            }
            if self.owed.is_none() && !self.is_over {
                self.step();
                continue;
            }
            if !self.joined.is_empty() {
                return self.finish_batch();
            }
            let Some(error) = self.owed.take() else { return Ok(None) };
            self.settled_rows += mem::take(&mut self.lost_rows);
            self.joined_rows = self.settled_rows;
            return Err(error);
        }
    }

    fn finish_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let batch = self.joined.finish();
        batch.map(Some).map_err(|error| self.batches.failure(io::Error::other(error)))
    }

    /// Settles rows up to the next error or the end of the batch. After that end, moves to the next
    /// batch.
    fn step(&mut self) {
        let Some((batch, part)) = &self.current else { return self.fetch() };
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
                            return;
                        }
                        self.undecodable += 1;
                    }
                    self.settled_rows = end;
                }
                NextEntry::Fault(at) => {
                    let error = self.batches.error(at);
                    let is_due =
                        |error: &Error| !self.skip_faults || error.severity() == Severity::Fatal;
                    self.owed = error.filter(is_due);
                    if self.owed.is_some() {
                        return;
                    }
                }
                NextEntry::Failed(error) => {
                    self.owed = Some(self.batches.failure(error));
                    return;
                }
                NextEntry::Pending | NextEntry::End => break,
            }
        }
        if self.settled_rows == before
            && let Some((_, part)) = self.current.take()
        {
            self.batches.give_back(part);
        }
    }

    /// Moves to the next batch.
    fn fetch(&mut self) {
        match self.batches.fetch(None) {
            NextBatch::Batch((batch, part)) => {
                if part.is_too_long {
                    self.batches.stop();
                    let error = io::Error::new(io::ErrorKind::InvalidData, TOO_LONG);
                    self.owed = Some(self.batches.failure(error));
                    return;
                }
                (self.settled, self.settled_rows, self.joined_rows) = (0, 0, 0);
                self.current = Some((batch, part));
            }
            NextBatch::Pending => {}
            NextBatch::End => self.is_over = true,
            NextBatch::Failed(error) => self.owed = Some(self.batches.failure(error)),
        }
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
        let summary = self.stats().summary(self.batches.name().map(|name| &**name));
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
        self.batches.stop();
        self.batches.finish().map_err(|error| self.batches.failure(error))?;
        Ok(self.stats())
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
