//! Batches as JSON Lines.

use super::cell_text::push_row;
use arrow_array::RecordBatch;
use std::{string::String, vec::Vec};

/// Writes batches as JSON Lines: an object for each row, with a member for each column.
///
/// A list is an array, a struct an object, a missing value `null`. Dates are text such as
/// `"2026-11-29"`, bytes are text of hexadecimal digits.
///
/// ```
/// use tidemarc::{Reader, columns::{Column, Columns, JsonLines, Scan}};
///
/// let columns = Columns::new([("id", Column::select("001")?), ("notes", Column::select("599$a")?)])?;
/// let mut json = Vec::new();
/// for batch in Scan::new(Reader::from_path("tests/fixtures/books.mrc")?, &columns) {
///     JsonLines::rows(&batch?, &mut json);
/// }
/// assert!(json.starts_with(b"{\"id\":[\"tm000001\"],\"notes\":null}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct JsonLines;

impl JsonLines {
    /// Appends the rows of a batch.
    pub fn rows(batch: &RecordBatch, into: &mut Vec<u8>) {
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            push_row(batch, row, &mut line);
            line.push('\n');
            into.extend_from_slice(line.as_bytes());
        }
    }
}
