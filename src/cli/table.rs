//! Outputs for tables.

use super::{failure::Failure, output::Output, shown};
use crate::columns::{Csv, JsonLines};
use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, SchemaRef};
use clap::ValueEnum;
use std::{io, path::Path};

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Values between commas, for spreadsheets
    Csv,
    /// Values between tabs
    Tsv,
    /// A JSON object for each row
    Jsonl,
    /// Arrow IPC file, for Polars, pyarrow, R and DuckDB
    Arrow,
    /// Arrow IPC stream, for a pipe
    ArrowStream,
}

/// The suffixes of files of a format.
const SUFFIXES: [(&str, TableFormat); 9] = [
    ("csv", TableFormat::Csv),
    ("txt", TableFormat::Tsv),
    ("tsv", TableFormat::Tsv),
    ("tab", TableFormat::Tsv),
    ("jsonl", TableFormat::Jsonl),
    ("ndjson", TableFormat::Jsonl),
    ("arrow", TableFormat::Arrow),
    ("feather", TableFormat::Arrow),
    ("arrows", TableFormat::ArrowStream),
];

impl TableFormat {
    /// Returns the format that is named, or the one that the suffix of the path stands for, or CSV.
    ///
    /// # Errors
    /// Fails if the suffix stands for no format.
    pub(super) fn of(
        named: Option<Self>,
        path: Option<&Path>,
        is_json: bool,
    ) -> Result<Self, Failure> {
        if let Some(named) = named {
            return Ok(named);
        }
        let Some(suffix) = path.and_then(Path::extension) else {
            return Ok(if is_json { Self::Jsonl } else { Self::Csv });
        };
        let found = SUFFIXES.into_iter().find(|(known, _)| suffix.eq_ignore_ascii_case(known));
        found.map(|(_, format)| format).ok_or_else(|| {
            let suffix = shown::path(Path::new(suffix));
            let reason = match &*suffix {
                "parquet" => {
                    "Parquet is written by Python's tidemarc.scan(…).write_parquet, or from Arrow: \
                     write .arrow, and convert it with Polars, pyarrow or DuckDB"
                        .into()
                }
                "xlsx" | "xls" => {
                    "Excel opens .csv: write that (`select --bom` for letters with marks)".into()
                }
                suffix => format!(
                    "the suffix .{suffix} stands for no format of tables: name one with --to"
                ),
            };
            Failure::Usage(reason)
        })
    }

    /// Returns true if the format is not text.
    pub(super) const fn is_binary(self) -> bool {
        matches!(self, Self::Arrow | Self::ArrowStream)
    }
}

/// A table while it is written.
pub(super) struct Table {
    name: String,
    sink: Sink,
    /// Rows that are about to be written; kept for its capacity.
    buffer: Vec<u8>,
}

enum Sink {
    Csv(Output, Csv),
    Jsonl(Output),
    Arrow(Box<FileWriter<Output>>),
    ArrowStream(Box<StreamWriter<Output>>),
}

impl Table {
    /// Begins a table. `separator` is the text between the values of a list in CSV; `has_mark` says
    /// that CSV begins with a byte order mark.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn begin(
        mut output: Output,
        format: TableFormat,
        schema: &SchemaRef,
        separator: &str,
        has_mark: bool,
    ) -> Result<Self, Failure> {
        let name = output.name().to_owned();
        let mut buffer = Vec::new();
        let failure = |error| failure(&name, error);
        let sink = match format {
            TableFormat::Csv | TableFormat::Tsv => {
                let delimiter = if format == TableFormat::Tsv { b'\t' } else { b',' };
                let csv = Csv::new().delimiter(delimiter).list_separator(separator);
                if has_mark {
                    buffer.extend_from_slice("\u{FEFF}".as_bytes());
                }
                let header = csv.header(schema, &mut buffer);
                header.map_err(|error| Failure::of_output(&name, &error))?;
                output.put(&buffer)?;
                Sink::Csv(output, csv)
            }
            TableFormat::Jsonl => Sink::Jsonl(output),
            TableFormat::Arrow => {
                Sink::Arrow(Box::new(FileWriter::try_new(output, schema).map_err(failure)?))
            }
            TableFormat::ArrowStream => {
                Sink::ArrowStream(Box::new(StreamWriter::try_new(output, schema).map_err(failure)?))
            }
        };
        Ok(Self { name, sink, buffer })
    }

    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn rows(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.buffer.clear();
        let written = match &mut self.sink {
            Sink::Csv(output, csv) => {
                let rows = csv.rows(batch, &mut self.buffer);
                rows.map_err(|error| Failure::of_output(&self.name, &error))?;
                return output.put(&self.buffer);
            }
            Sink::Jsonl(output) => {
                JsonLines::rows(batch, &mut self.buffer);
                return output.put(&self.buffer);
            }
            Sink::Arrow(writer) => writer.write(batch),
            Sink::ArrowStream(writer) => writer.write(batch),
        };
        written.map_err(|error| failure(&self.name, error))
    }

    /// Passes on everything to the system, for readers that wait.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn push(&mut self) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Csv(output, _) | Sink::Jsonl(output) => output.push(),
            Sink::Arrow(_) => Ok(()),
            Sink::ArrowStream(writer) => writer.flush().map_err(|error| failure(&self.name, error)),
        }
    }

    /// Ends the table, and puts the file in its place.
    ///
    /// # Errors
    /// Returns errors of the output. The old file is then unchanged.
    pub(super) fn commit(self) -> Result<(), Failure> {
        let name = self.name;
        let output = match self.sink {
            Sink::Csv(output, _) | Sink::Jsonl(output) => Ok(output),
            Sink::Arrow(writer) => writer.into_inner(),
            Sink::ArrowStream(writer) => writer.into_inner(),
        };
        output.map_err(|error| failure(&name, error))?.commit()
    }
}

/// Returns the failure of a writer of Arrow. Its batches are ours, so only the output can fail.
fn failure(name: &str, error: ArrowError) -> Failure {
    match error {
        ArrowError::IoError(_, error) => Failure::of_output(name, &error),
        other => Failure::of_output(name, &io::Error::other(other)),
    }
}
