//! Reports of every fault of an input.

use super::{
    args::choice::Choice,
    check::{Summary, repairing_reader},
    io::{
        file_output,
        path::{is_path, path_of},
        same_file::refuse_source,
        target::Target,
    },
    reader::Reader,
};
use crate::{
    reader::{self, REPORT_SUFFIXES, ReportFormat, ReportRows},
    stream::Stream,
};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};

/// Returns the format with this name or, without a name, the one that the suffix of a path stands
/// for.
fn format_of(name: Option<&Choice>, target: &Bound<'_, PyAny>) -> PyResult<ReportFormat> {
    match name {
        Some(name) => name.one_of("report_format", "'csv' or 'jsonl'", ReportFormat::from_name),
        None if is_path(target)? => ReportFormat::of_path(path_of(target)?)
            .ok_or_else(|| PyValueError::new_err(format!("report_format: {REPORT_SUFFIXES}"))),
        None => {
            file_output::check(target, "file", "a path or a binary file object")?;
            Err(PyValueError::new_err(
                "report_format must be 'csv' or 'jsonl' for a file object, which has no suffix",
            ))
        }
    }
}

/// Reads a source as `check` does, and writes a report of everything that was found to `target`, a
/// path or a binary file object: one row for each fault, in the order of the input, with the
/// record's number, offset, control number and title, and with the file if there are several.
///
/// `report_format` is "csv" or "jsonl"; None takes it from the suffix of the path: `.csv`, `.jsonl`
/// or `.ndjson`. A file at the path is replaced when the report is complete. `options` are those of
/// `Reader`, except `errors` and `repair`. Returns the same as `check`.
#[pyfunction]
#[pyo3(signature = (source, target, *, report_format=None, **options))]
pub(crate) fn report(
    source: &Bound<'_, PyAny>,
    target: &Bound<'_, PyAny>,
    report_format: Option<Choice>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Summary> {
    let py = source.py();
    let format = format_of(report_format.as_ref(), target)?;
    let reader = repairing_reader("report", source, options)?;
    let rows = ReportRows::new(format, reader.get().has_inputs);
    let found = write(source, target, reader.get(), rows);
    let closed = reader.get().driver.close(py);
    let found = found?;
    closed?;
    Summary::new(py, found)
}

/// Reads a source to its end, and writes the rows of a report.
fn write(
    source: &Bound<'_, PyAny>,
    target: &Bound<'_, PyAny>,
    reader: &Reader,
    mut rows: ReportRows,
) -> PyResult<reader::Summary> {
    let py = source.py();
    let files = reader.driver.enter(py)?.stream.as_ref().map(Stream::files).unwrap_or_default();
    refuse_source(source, &files, target, "target")?;
    let mut output = Target::open(target, "the report")?;
    output.write(py, &rows.take())?;
    let found =
        reader.found(py, false, Some(&mut rows), &mut |rows| output.write(py, &rows.take()))?;
    output.commit(py)?;
    Ok(found)
}
