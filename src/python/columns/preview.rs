//! The first rows of a scan as text.

use super::run::Run;
use crate::columns::cell_text::push_cell;
use arrow_array::{Array, RecordBatch};
use pyo3::{exceptions::PyException, prelude::*};

/// Largest number of characters of a cell.
const MOST: usize = 200;

/// The cells of a row as text; `None` for a null.
pub(super) type TextRow = Vec<Option<String>>;

/// Returns the first rows of a run as text. It stops at an error, and in input that has no records
/// for a long way.
pub(super) fn rows_of(py: Python<'_>, mut run: Run) -> PyResult<Vec<TextRow>> {
    let mut rows = Vec::new();
    loop {
        match run.glance(py) {
            Ok(Some(batch)) => rows.extend((0..batch.num_rows()).map(|row| text_row(&batch, row))),
            Ok(None) => return Ok(rows),
            // A damaged record is no reason to show nothing. An exception of a signal is.
            Err(raised) if raised.is_instance_of::<PyException>(py) => {
                return Ok(rows);
            }
            Err(raised) => return Err(raised),
        }
    }
}

fn text_row(batch: &RecordBatch, row: usize) -> TextRow {
    let text = |cells: &arrow_array::ArrayRef| {
        let mut text = String::new();
        push_cell(cells, row, " | ", &mut text);
        if let Some((end, _)) = text.char_indices().nth(MOST) {
            text.truncate(end);
        }
        cells.is_valid(row).then_some(text)
    };
    batch.columns().iter().map(text).collect()
}
