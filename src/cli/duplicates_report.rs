//! The report of the records that were taken for the same.

use super::{
    duplicates::Place, failure::Failure, output::Output, same_file::Files, sort_key::shown,
    table::TableFormat,
};
use crate::{error::quoted, reader::push_cell};
use std::path::Path;

/// The names of the columns.
const COLUMNS: [&str; 7] = ["key", "file", "record", "001", "kept_file", "kept_record", "kept_001"];

/// A row for each record that was left out, with the one that was kept in its place.
pub(super) struct Report {
    output: Output,
    is_json: bool,
}

impl Report {
    /// Begins a report, as CSV or as JSON Lines by the suffix of its file.
    ///
    /// # Errors
    /// Fails if the suffix stands for another format, or if the file cannot be written.
    pub(super) fn create(path: &Path, files: &mut Files) -> Result<Self, Failure> {
        let output = Output::open_report(Some(path), files)?;
        let is_json = match TableFormat::of(None, Some(path), false)? {
            TableFormat::Csv => false,
            TableFormat::Jsonl => true,
            _ => return Err(Failure::Usage("a report is CSV or JSON Lines: .csv, .jsonl".into())),
        };
        let mut report = Self { output, is_json };
        if !is_json {
            // By the byte order mark, Excel recognises UTF-8.
            report.output.put(format!("\u{FEFF}{}\r\n", COLUMNS.join(",")).as_bytes())?;
        }
        Ok(report)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn row(
        &mut self,
        key: &[u8],
        inputs: &[String],
        left_out: &Place,
        kept: &Place,
    ) -> Result<(), Failure> {
        let file = |place: &Place| &*inputs[place.input as usize];
        let key = shown(key);
        let texts = [&*key, file(left_out), &*left_out.id, file(kept), &*kept.id];
        let row = match self.is_json {
            true => {
                let [key, file, id, kept_file, kept_id] = texts.map(quoted);
                format!(
                    "{{\"key\":{key},\"file\":{file},\"record\":{},\"001\":{id},\
                     \"kept_file\":{kept_file},\"kept_record\":{},\"kept_001\":{kept_id}}}\n",
                    left_out.number, kept.number
                )
            }
            false => {
                let [key, file, id, kept_file, kept_id] = texts.map(|text| {
                    let mut cell = String::new();
                    push_cell(text, &mut cell);
                    cell
                });
                let (number, kept) = (left_out.number, kept.number);
                format!("{key},{file},{number},{id},{kept_file},{kept},{kept_id}\r\n")
            }
        };
        self.output.put(row.as_bytes())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn commit(self) -> Result<(), Failure> {
        self.output.commit()
    }
}
