//! Batches as CSV.

use super::cell_text::cell;
use arrow_array::{Array, RecordBatch};
use arrow_schema::Schema;
use std::{io, string::String, vec::Vec};

/// Writes batches as CSV (RFC 4180, in UTF-8, with a line feed at the end of each row).
///
/// Text is as it is, numbers are decimal, dates `2026-11-29`, truth values `true` and `false`, bytes
/// hexadecimal digits. The values of a list stand between separators; a struct, or a list of
/// structs, is JSON.
///
/// ```
/// use tidemarc::{Reader, columns::{Column, Columns, Csv, Scan}};
///
/// let columns = Columns::new([("subjects", Column::select("650$a")?)])?;
/// let mut csv = Vec::new();
/// let writer = Csv::new();
/// writer.header(&columns.schema(), &mut csv)?;
/// for batch in Scan::new(Reader::from_path("tests/fixtures/books.mrc")?, &columns) {
///     writer.rows(&batch?, &mut csv)?;
/// }
/// assert!(csv.starts_with(b"subjects\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Csv {
    list_separator: String,
    delimiter: u8,
    null: String,
}

impl Default for Csv {
    fn default() -> Self {
        Self { list_separator: "|".into(), delimiter: b',', null: String::new() }
    }
}

impl Csv {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the text between two values of a list.
    ///
    /// Default: `|`.
    #[must_use]
    pub fn list_separator(mut self, separator: impl Into<String>) -> Self {
        self.list_separator = separator.into();
        self
    }

    /// Sets the byte between two cells.
    ///
    /// Default: a comma.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the text of a null.
    ///
    /// Default: no text, like that of an empty value.
    #[must_use]
    pub fn null(mut self, null: impl Into<String>) -> Self {
        self.null = null.into();
        self
    }

    /// Appends a row of the names of the columns.
    ///
    /// # Errors
    /// Never: all text can be written.
    pub fn header(&self, schema: &Schema, into: &mut Vec<u8>) -> io::Result<()> {
        self.writer(into).write_record(schema.fields().iter().map(|field| field.name()))?;
        Ok(())
    }

    /// Appends the rows of a batch.
    ///
    /// # Errors
    /// Never: all text can be written.
    pub fn rows(&self, batch: &RecordBatch, into: &mut Vec<u8>) -> io::Result<()> {
        let mut writer = self.writer(into);
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for cells in batch.columns() {
                let field = match cells.is_null(row) {
                    true => &self.null,
                    false => cell(cells, row, &self.list_separator, &mut text),
                };
                writer.write_field(field)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }

    fn writer<'v>(&self, into: &'v mut Vec<u8>) -> csv::Writer<&'v mut Vec<u8>> {
        csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, StringArray};
    use std::{sync::Arc, vec};

    fn written(writer: &Csv, values: Vec<Option<&str>>) -> String {
        let cells: ArrayRef = Arc::new(StringArray::from(values));
        let batch = RecordBatch::try_from_iter([("x,y", cells)]).unwrap();
        let mut csv = Vec::new();
        writer.header(&batch.schema(), &mut csv).unwrap();
        writer.rows(&batch, &mut csv).unwrap();
        String::from_utf8(csv).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let values = vec![Some("a"), Some("a,\"b\""), Some("a\rb"), None, Some("")];
        let csv = written(&Csv::new(), values.clone());
        assert_eq!(csv, "\"x,y\"\na\n\"a,\"\"b\"\"\"\n\"a\rb\"\n\"\"\n\"\"\n");
        let csv = written(&Csv::new().delimiter(b'\t').null("NA"), values);
        assert_eq!(csv, "x,y\na\n\"a,\"\"b\"\"\"\n\"a\rb\"\nNA\n\"\"\n");
    }
}
