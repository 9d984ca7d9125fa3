//! The rows of one batch for Arrow, joined from parts.

use super::{
    buffers::Buffers, metadata::push_faults, options::Metadata, plan::Program, project::Part,
};
use crate::parse::Batch;
use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::ArrowError;
use std::{ops::Range, sync::Arc, vec::Vec};

/// Largest number of rows in a batch, unless another one is wanted.
pub(super) const MOST_ROWS: usize = 65_536;

/// Bytes of values and offsets beyond which a batch takes no more rows, except its first.
const MOST_BYTES: usize = 8 << 20;

/// Rows that are not yet a batch.
#[derive(Debug)]
pub(super) struct Joined {
    program: Arc<Program>,
    columns: Vec<Buffers>,
    rows: usize,
    bytes: usize,
    /// Largest number of rows.
    most_rows: usize,
}

impl Joined {
    pub(super) fn new(program: Arc<Program>) -> Self {
        let fields = program.schema.fields().iter();
        let columns = fields.map(|field| Buffers::of(field.data_type())).collect();
        Self { program, columns, rows: 0, bytes: 0, most_rows: MOST_ROWS }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Sets the largest number of rows, which is at least one.
    pub(super) const fn set_most_rows(&mut self, rows: usize) {
        self.most_rows = rows;
    }

    pub(super) const fn is_full(&self) -> bool {
        self.rows == self.most_rows
    }

    /// Appends as many of these rows as fit, and returns their number.
    pub(super) fn append(&mut self, part: &Part, batch: &Batch, rows: Range<usize>) -> usize {
        let count = self.fitting(part, &rows);
        let rows = rows.start..rows.start + count;
        self.bytes += part.size(rows.clone());
        for (buffers, cells) in self.columns.iter_mut().zip(&part.columns) {
            if cells.buffers.rows() > 0 {
                buffers.append(&cells.buffers, rows.clone());
            }
        }
        let first = self.rows;
        for &(column, fact) in &self.program.facts {
            let buffers = &mut self.columns[column];
            match fact {
                Metadata::RecordNo => buffers.add(first, batch.first_number as i64),
                Metadata::OverallNo => {
                    let earlier = batch.earlier.unwrap_or_default();
                    buffers.add(first, (earlier + batch.first_number) as i64);
                }
                Metadata::File => {
                    for _ in rows.clone() {
                        buffers.push_text(batch.name.as_deref());
                    }
                }
                Metadata::Faults => {
                    let mut faulty = part.faulty.iter().filter(|faulty| rows.contains(&faulty.row));
                    let mut next = faulty.next();
                    for row in rows.clone() {
                        match next {
                            Some(faulty_row) if faulty_row.row == row => {
                                push_faults(batch, faulty_row.entry, buffers);
                                next = faulty.next();
                            }
                            _ => buffers.push_null(),
                        }
                    }
                }
                _ => {}
            }
        }
        self.rows += count;
        count
    }

    /// Returns the number of rows that fit. It does not depend on the way in which the rows are
    /// divided into parts.
    fn fitting(&self, part: &Part, rows: &Range<usize>) -> usize {
        let most = rows.len().min(self.most_rows - self.rows);
        let fits = |count: usize| {
            self.bytes + part.size(rows.start..rows.start + count) <= MOST_BYTES
                || self.rows + count <= 1
        };
        if fits(most) {
            return most;
        }
        // The largest number that fits is in this range.
        let (mut fitting, mut too_many) = (0, most);
        while fitting + 1 < too_many {
            let middle = usize::midpoint(fitting, too_many);
            if fits(middle) { fitting = middle } else { too_many = middle }
        }
        fitting
    }

    /// Returns the rows as a batch, and becomes empty.
    ///
    /// # Errors
    /// Fails if Arrow refuses the arrays, which it does not for those made here.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let schema = Arc::clone(&self.program.schema);
        let columns = self.columns.iter_mut().zip(schema.fields());
        let columns = columns.map(|(buffers, field)| buffers.finish(field.data_type()));
        let columns = columns.collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(schema, columns, &options)
    }
}

impl Part {
    /// Returns the bytes that rows take. That of two runs of rows is the sum of both.
    fn size(&self, rows: Range<usize>) -> usize {
        let filled = self.columns.iter().filter(|cells| cells.buffers.rows() > 0);
        filled.map(|cells| cells.buffers.size(rows.clone())).sum()
    }
}
