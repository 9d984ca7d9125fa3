//! From one format to another without a Python object a record.

use super::{
    errors::{exception, io_exception, to_exception},
    exclusive::PATIENCE,
    format_options,
    on_fault::log,
    reader::at_least,
    same_file::{is_source, would_overwrite},
    source::{self, Opened},
    word::Word,
    writer::{Ending, Output, Writer},
};
use crate::{
    encoding::{RecordText, TextOptions},
    format::{Format, Laid, Note, NoteKind},
    reader::{Batch, Options, Turn, What},
    record::{AsRecord, LaidOut},
    source::FileId,
};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, OnceLock},
};

/// What a conversion came to.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Conversion {
    /// Records written.
    #[pyo3(get)]
    records: u64,
    /// Damaged records of the source, passed over.
    #[pyo3(get)]
    faults: u64,
    /// Records that the target's format cannot hold, passed over.
    #[pyo3(get)]
    refused: u64,
    /// How many notes of a kind there were, and how many of them tell of a loss.
    notes: BTreeMap<&'static str, u64>,
    losses: u64,
    from: Option<Format>,
    to: Format,
}

#[pymethods]
impl Conversion {
    /// How often what was changed about records, by the kinds of `Note`.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let notes = PyDict::new(py);
        for (kind, count) in &self.notes {
            notes.set_item(kind, count)?;
        }
        Ok(notes)
    }

    /// How many of the notes tell of something that is gone.
    #[getter]
    const fn losses(&self) -> u64 {
        self.losses
    }

    /// The format that was read.
    #[getter(from_format)]
    fn format_read(&self) -> Option<&'static str> {
        self.from.map(Format::name)
    }

    /// The format that was written.
    #[getter(to_format)]
    const fn format_written(&self) -> &'static str {
        self.to.name()
    }

    fn __repr__(&self) -> String {
        format!(
            "<tidemarc.Conversion: {} records, {} faults, {} refused, {} losses>",
            self.records, self.faults, self.refused, self.losses
        )
    }
}

/// What went on in one batch.
#[derive(Default)]
struct Outcome {
    /// What was passed over, in words, with its entry; or what ends the conversion.
    skipped: Vec<(usize, String)>,
    failure: Option<Failure>,
    /// Entries that are too long, for the second output.
    diverted: Vec<usize>,
}

enum Failure {
    Fault(crate::error::Error),
    Refused(String),
}

/// A conversion on its way.
struct Work {
    result: Conversion,
    is_strict: bool,
    text: TextOptions,
}

impl Work {
    /// Lays out the records of a batch.
    fn batch(&mut self, batch: &Batch, output: &mut Output) -> Outcome {
        let mut outcome = Outcome::default();
        for (at, entry) in batch.entries().iter().enumerate() {
            let written = match &entry.what {
                What::Record { .. } => {
                    let Some(view) = batch.view_of(entry) else { continue };
                    output.notes.clear();
                    output.notes.extend_from_slice(batch.notes_of(entry));
                    match batch.is_text() {
                        true => self.record(&LaidOut(view), TextOptions::new(), output),
                        false => self.record(&view, self.text, output),
                    }
                }
                What::Fault(_) => {
                    let Some(error) = batch.error(entry) else { continue };
                    self.result.faults += 1;
                    if self.is_strict {
                        outcome.failure = Some(Failure::Fault(error));
                        return outcome;
                    }
                    outcome.skipped.push((at, error.to_string()));
                    continue;
                }
                What::FaultContinued | What::Padding | What::PaddingContinued => continue,
            };
            match written {
                Ok(Laid::Out) => self.result.records += 1,
                Ok(Laid::Diverted) => outcome.diverted.push(at),
                Err(reason) => {
                    let reason = self.refuse(batch, at, &reason);
                    if self.is_strict {
                        outcome.failure = Some(Failure::Refused(reason));
                        return outcome;
                    }
                    outcome.skipped.push((at, reason));
                }
            }
        }
        outcome
    }

    /// Counts a record that a format cannot hold, and says which it is.
    fn refuse(&mut self, batch: &Batch, at: usize, reason: &str) -> String {
        self.result.refused += 1;
        format!("record {}: {reason}", batch.number_of(&batch.entries()[at]))
    }

    fn record(
        &mut self,
        record: &impl AsRecord,
        text: TextOptions,
        Output { sheet, bytes, notes, .. }: &mut Output,
    ) -> Result<Laid, String> {
        let laid = sheet.record(record, Some(RecordText::of(record, text)), bytes, notes);
        let laid = laid.map_err(|error| error.to_string())?;
        // Those of a record that goes elsewhere are counted there, if it does.
        if laid == Laid::Out {
            self.count(notes);
        }
        Ok(laid)
    }

    fn count(&mut self, notes: &[Note]) {
        for note in notes {
            *self.result.notes.entry(note.kind().name()).or_default() += 1;
            self.result.losses += u64::from(note.is_loss());
        }
    }

    /// Writes a batch, and tells what was passed over.
    fn write(&mut self, py: Python<'_>, batch: &Batch, writer: &Writer) -> PyResult<()> {
        let mut outcome = writer.put(py, |output| Ok(py.detach(|| self.batch(batch, output))))?;
        for at in mem::take(&mut outcome.diverted) {
            let Err(reason) = self.divert(py, batch, at, writer)? else { continue };
            let reason = self.refuse(batch, at, &reason);
            if self.is_strict {
                return Err(exception(py, "WriteError", reason));
            }
            outcome.skipped.push((at, reason));
        }
        // In the order of the input.
        outcome.skipped.sort_by_key(|&(at, _)| at);
        for (_, reason) in outcome.skipped {
            log(py, &reason)?;
        }
        match outcome.failure {
            Some(Failure::Fault(error)) => Err(to_exception(py, &error)),
            Some(Failure::Refused(reason)) => Err(exception(py, "WriteError", reason)),
            None => Ok(()),
        }
    }

    /// Writes a record that is too long to the second output; `Err` with the reason if that cannot
    /// hold it either.
    fn divert(
        &mut self,
        py: Python<'_>,
        batch: &Batch,
        at: usize,
        writer: &Writer,
    ) -> PyResult<Result<(), String>> {
        let entry = &batch.entries()[at];
        let Some(view) = batch.view_of(entry) else { return Ok(Ok(())) };
        let laid = writer.diverted(py)?.get().put(py, |output| {
            output.notes.extend_from_slice(batch.notes_of(entry));
            Ok(match batch.is_text() {
                true => self.record(&LaidOut(view), TextOptions::new(), output),
                false => self.record(&view, self.text, output),
            })
        })?;
        Ok(laid.map(|_| {
            self.count(&[Note::new(NoteKind::RecordDiverted)]);
            self.result.records += 1;
        }))
    }

    fn run(&mut self, py: Python<'_>, opened: Opened, writer: &Writer) -> PyResult<()> {
        let Opened { mut stream, calls_python, is_path, .. } = opened;
        loop {
            let ask = || stream.next_batch(Some(PATIENCE));
            let turn =
                if calls_python { stream.next_batch(Some(PATIENCE)) } else { py.detach(ask) };
            match turn {
                Turn::Batch(batch) => {
                    // There is no quarantine that could fail.
                    stream.pass_batch().map_err(|error| io_exception(py, error, None))?;
                    self.write(py, &batch, writer)?;
                }
                Turn::Pending => {}
                Turn::End => return Ok(()),
                Turn::Failed(error) => {
                    let path = stream.name().filter(|_| is_path).map(|name| &**name);
                    return Err(io_exception(py, error, path));
                }
            }
            py.check_signals()?;
        }
    }
}

/// Converts all records of `source` and writes them to `target`; without a Python object a record,
/// and without the GIL from path to path.
///
/// `source` and `from_format` are as for `Reader`, `target`, `to_format` and the options behind them
/// as for `Writer`. `errors` says what becomes of a damaged record, and of one that the target's
/// format cannot hold: "strict" raises, "skip" logs it. If it raises, a file at the path `target` is
/// as it was before, as with `Writer`; a file object has got a whole document. So `source` and `target`
/// may be one path: the file is replaced when all of it is converted.
#[pyfunction]
#[pyo3(
    signature = (source, target, *, to_format, from_format=Word::of("auto"), errors=Word::of("strict"), encoding=Word::of("auto"), controls=Word::of("error"), encoding_errors=Word::of("strict"), overlong=Word::of("error"), overlong_to=None, namespace=true, collection=true, threads=None, max_record_length=16777216),
    text_signature = "(source, target, *, to_format, from_format='auto', errors='strict', encoding='auto', controls='error', encoding_errors='strict', overlong='error', overlong_to=None, namespace=True, collection=True, threads=None, max_record_length=16777216)"
)]
#[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
pub(super) fn convert(
    source: &Bound<'_, PyAny>,
    target: &Bound<'_, PyAny>,
    to_format: Word,
    from_format: Word,
    errors: Word,
    encoding: Word,
    controls: Word,
    encoding_errors: Word,
    overlong: Word,
    overlong_to: Option<&Bound<'_, PyAny>>,
    namespace: bool,
    collection: bool,
    threads: Option<isize>,
    max_record_length: isize,
) -> PyResult<Conversion> {
    let py = source.py();
    let is_strict = errors.one_of("errors", "'strict' or 'skip'", |word| match word {
        "strict" => Some(true),
        "skip" => Some(false),
        _ => None,
    })?;
    let text = format_options::text_options(&encoding, &Word::of("strict"), false)?;
    let to = format_options::format("to_format", &to_format)?;
    let found: Arc<OnceLock<Format>> = Arc::default();
    let read = Options {
        threads: threads.map(|threads| at_least("threads", threads, 1)).transpose()?,
        max_record_length: at_least("max_record_length", max_record_length, 26)?,
        format: format_options::format_or_auto("from_format", &from_format)?,
        controls: format_options::controls(&controls)?,
        found: Arc::clone(&found),
        ..Options::default()
    };
    let asked = read.format;
    let options = format_options::write_options(
        &controls,
        &encoding_errors,
        &overlong,
        namespace,
        collection,
    )?;
    format_options::check_overlong(&options, overlong_to.is_some())?;
    let opened = source::open(source, read)?;
    refuse_the_source(source, opened.stream.file(), target, overlong_to)?;
    let writer = Writer::open(target, to, options, overlong_to)?;
    let result = Conversion {
        records: 0,
        faults: 0,
        refused: 0,
        notes: BTreeMap::new(),
        losses: 0,
        from: None,
        to,
    };
    let mut work = Work { result, is_strict, text };
    let outcome = work.run(py, opened, &writer);
    // What a file object was given is to be a whole document in any case.
    let ending = if outcome.is_ok() { Ending::Commit } else { Ending::Abandon };
    let ended = writer.end(py, ending);
    outcome.and(ended)?;
    Ok(Conversion { from: asked.or_else(|| found.get().copied()), ..work.result })
}

/// What is read must not be written over: by a target that is not replaced when it is complete, nor at
/// all by the records that are too long, which are not all there were.
fn refuse_the_source(
    source: &Bound<'_, PyAny>,
    file: Option<&FileId>,
    target: &Bound<'_, PyAny>,
    overlong_to: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let name = if would_overwrite(source, file, target)? {
        "target"
    } else if let Some(other) = overlong_to
        && is_source(source, file, other)?
    {
        "overlong_to"
    } else {
        return Ok(());
    };
    Err(PyValueError::new_err(format!("source and {name} are the same file")))
}
