//! Conversion from one format to another, without Python objects for the records.

use super::{
    args::{choice::Choice, format_options, on_fault::log},
    faults::errors::{exception, to_exception},
    io::{
        same_file::{is_the_source, refuse_source, would_overwrite},
        source::{self},
    },
    record::advice,
    writer::{Ending, Writer},
};
use crate::{
    convert::{Conversion as Counts, ConvertError, Layout, Part},
    parse::Batch,
    record::Tag,
    stream::Stream,
};
use pyo3::prelude::*;
use std::collections::BTreeMap;

/// The result of `convert`: the counts of records, faults and notes.
#[pyclass(frozen, get_all, module = "tidemarc")]
pub(crate) struct Conversion {
    /// Number of records written.
    records: u64,
    /// Number of damaged records in the source that were skipped.
    faults: u64,
    /// Number of records that were skipped because the target format cannot hold them.
    refused: u64,
    /// Number of changes to records, by the kind of the `Note`.
    notes: BTreeMap<&'static str, u64>,
    /// Number of notes that report a loss.
    losses: u64,
    /// The format that was read.
    from_format: &'static str,
    /// The format that was written.
    to_format: &'static str,
}

impl Conversion {
    fn new(counts: &Counts) -> Self {
        Self {
            records: counts.records(),
            faults: counts.faults(),
            refused: counts.refused(),
            notes: counts.notes().map(|(kind, count)| (kind.name(), count)).collect(),
            losses: counts.losses(),
            from_format: counts.from_format().name(),
            to_format: counts.to_format().name(),
        }
    }
}

#[pymethods]
impl Conversion {
    fn __repr__(&self) -> String {
        let Self { records, faults, refused, losses, .. } = self;
        format!(
            "<tidemarc.Conversion: {records} records, {faults} faults, {refused} refused, \
             {losses} losses>"
        )
    }
}

/// A conversion while it runs.
struct Work<'w> {
    counts: Counts,
    is_strict: bool,
    writer: &'w Writer,
}

impl Work<'_> {
    /// Writes the records of a batch, and logs those that are skipped.
    fn write(&mut self, py: Python<'_>, batch: &Batch, part: &mut Part) -> PyResult<()> {
        let join = |writer: &Writer, records: &mut Vec<u8>| {
            writer.put(py, |output| {
                output.document.join(records, &mut output.bytes);
                Ok(())
            })
        };
        if !part.blocks.is_empty() {
            self.writer.put_blocks(py, &part.blocks)?;
        }
        join(self.writer, &mut part.bytes)?;
        if !part.diverted.is_empty() {
            join(self.writer.diverted(py)?.get(), &mut part.diverted)?;
        }
        self.counts.add(part);
        part.take_skipped(batch).try_for_each(|skipped| match skipped {
            _ if !self.is_strict => log(py, &skipped.to_string()),
            ConvertError::Read(error) => Err(to_exception(py, &error)),
            ConvertError::Refused { ref error, .. } => {
                let advice = advice(error.kind()).map(|advice| format!("; {advice}"));
                let message = skipped.to_string() + &advice.unwrap_or_default();
                let raised = exception(py, "WriteError", message);
                raised.value(py).setattr("reason", error.kind().to_string())?;
                let tag = error.tag();
                raised.value(py).setattr("tag", tag.as_ref().and_then(Tag::as_str))?;
                Err(raised)
            }
            failed @ ConvertError::Write(_) => Err(exception(py, "WriteError", failed.to_string())),
        })
    }
}

/// Converts all records of `source` and writes them to `target`.
///
/// It makes no Python objects for records, and runs without the GIL from path to path. `source`,
/// `from_format`, `encoding`, `numeric_references`, `mnemonics` and `max_ratio` are as for
/// `Reader`. `target`,
/// `to_format` and `to_encoding` (the `format` and `encoding` of a `Writer`) and the other options
/// are as for `Writer`; `errors` decides about a damaged record, and about a record that the target
/// format cannot hold: "strict" raises, "skip" logs it. If an exception is raised, a file at the
/// path `target` is unchanged, as with `Writer`; a file object has received a complete document.
/// Output in BGZF is compressed on the threads that read. `source` and `target` may be the same
/// path, since the file is replaced only when all of it is converted; but `target` may not be one
/// of several files. `from_format` of the result is then the format of the last file.
#[pyfunction]
#[pyo3(
    signature = (source, target, *, to_format=None, from_format=Choice::of("auto"), errors=Choice::of("strict"), encoding=Choice::of("auto"), to_encoding=None, controls=Choice::of("error"), encoding_errors=Choice::of("strict"), overlong=Choice::of("error"), overlong_to=None, namespace=true, collection=true, numeric_references=false, threads=None, max_record_length=16777216, mnemonics=Choice::of("all"), compression=Some(Choice::of("auto")), compression_level=None, max_ratio=None),
    text_signature = "(source, target, *, to_format=None, from_format='auto', errors='strict', encoding='auto', to_encoding=None, controls='error', encoding_errors='strict', overlong='error', overlong_to=None, namespace=True, collection=True, numeric_references=False, threads=None, max_record_length=16777216, mnemonics='all', compression='auto', compression_level=None, max_ratio=None)"
)]
#[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
pub(crate) fn convert(
    source: &Bound<'_, PyAny>,
    target: &Bound<'_, PyAny>,
    to_format: Option<Choice>,
    from_format: Choice,
    errors: Choice,
    encoding: Choice,
    to_encoding: Option<Choice>,
    controls: Choice,
    encoding_errors: Choice,
    overlong: Choice,
    overlong_to: Option<&Bound<'_, PyAny>>,
    namespace: bool,
    collection: bool,
    numeric_references: bool,
    threads: Option<isize>,
    max_record_length: isize,
    mnemonics: Choice,
    compression: Option<Choice>,
    compression_level: Option<isize>,
    max_ratio: Option<isize>,
) -> PyResult<Conversion> {
    let py = source.py();
    let is_strict = errors.one_of("errors", "'strict' or 'skip'", |word| match word {
        "strict" => Some(true),
        "skip" => Some(false),
        _ => None,
    })?;
    let text = format_options::text_options(&encoding, &Choice::of("strict"), numeric_references)?;
    let to = format_options::target_format("to_format", to_format.as_ref(), target)?;
    let read = format_options::read_options(
        ("from_format", &from_format),
        &controls,
        &mnemonics,
        threads,
        max_record_length,
        max_ratio,
    )?;
    let to_encoding = format_options::target_encoding("to_encoding", to_encoding.as_ref(), to)?;
    let options = format_options::write_options(
        to_encoding,
        &controls,
        &encoding_errors,
        &overlong,
        namespace,
        collection,
    )?;
    let options =
        format_options::compressed(options, compression.as_ref(), compression_level, target)?;
    format_options::check_overlong(&options, overlong_to.is_some())?;
    let opened = source::open(source, read)?;
    let found = opened.stream.found().clone();
    refuse_the_source(source, &opened.stream, target, overlong_to)?;
    let writer = Writer::open(target, to, options, overlong_to)?;
    let block_level = writer.block_level();
    let layout = Layout { format: to, options, text: Some(text), is_strict, block_level };
    let opened = opened.project(layout);
    let mut work = Work { counts: Counts::new(to), is_strict, writer: &writer };
    let outcome = opened.each_batch(py, |batch, part| work.write(py, batch, part));
    // The source is closed before a file in its place is replaced.
    let outcome = outcome.map(drop);
    // A file object receives a whole document in any case.
    let ending = if outcome.is_ok() { Ending::Commit } else { Ending::Abandon };
    let ended = writer.end(py, ending);
    outcome.and(ended)?;
    work.counts.read_as(found.get());
    Ok(Conversion::new(&work.counts))
}

/// Refuses a target that would overwrite the source while it is read. `overlong_to` may not replace
/// the source either, since it receives only a part of the records.
fn refuse_the_source(
    source: &Bound<'_, PyAny>,
    stream: &Stream,
    target: &Bound<'_, PyAny>,
    overlong_to: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let files = stream.files();
    if would_overwrite(source, &files, target)? {
        return Err(is_the_source("target"));
    }
    // A file among several would be replaced by the records of all.
    if stream.has_inputs() {
        refuse_source(source, &files, target, "target")?;
    }
    overlong_to.map_or(Ok(()), |other| refuse_source(source, &files, other, "overlong_to"))
}
