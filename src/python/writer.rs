//! Writes records to a path or a file object.

use super::{
    errors::exception,
    exclusive::{Exclusive, Guard, Refusal},
    file_input::count_in,
    format_options, note,
    path_output::PathOutput,
    reachable::Reachable,
    record::{Parts, Record},
    refused::type_name,
    same_file::is_one_target,
    source::{is_path, path_of, refuse_text_file},
    word::Word,
};
use crate::format::{Format, Laid, Note, NoteKind, Sheet, WriteOptions};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::{PyBytes, PyTuple},
};
use std::{
    mem,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What is said to who calls a writer that is further up its own stack.
const REENTRANT: &str =
    "the writer was called again from inside its own write, flush or signal handler";

/// What the docs and the `TypeError` say of a text file.
pub(super) const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"wb\")";

enum Target {
    /// A file of ours.
    Path(PathOutput),
    /// A Python file object, the caller's: `Writer::object`.
    Object,
    Closed,
}

/// What who is inside may use.
pub(super) struct Output {
    target: Target,
    pub(super) sheet: Sheet,
    /// What is on its way, and what is said of it; kept for their capacity.
    pub(super) bytes: Vec<u8>,
    pub(super) notes: Vec<Note>,
}

/// Writes records to a path (created or emptied) or a binary file object.
///
/// `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker" or "line". What a format cannot
/// hold is refused, or as the options say: `controls` ("error", "skip", "replace") speaks of control
/// characters, `encoding_errors` ("strict", "replace", "ignore", "backslashreplace") of bytes that
/// are no text, `overlong` ("error", "split", "xml") of records that are too long for ISO 2709;
/// with "xml" they go to `overlong_to`, as MARCXML. `namespace` and `collection` say whether
/// MARCXML has them.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Writer {
    output: Exclusive<Output>,
    object: Reachable,
    format: Format,
    options: WriteOptions,
    /// Where records go that are too long, and the writer to it, once there was one.
    overlong_to: Reachable,
    diverted: OnceLock<Py<Self>>,
    /// Set by a `close()` that could not wait for who is inside, who then closes for it.
    closing: AtomicBool,
    /// One record's bytes, used again.
    bytes: Mutex<Vec<u8>>,
}

impl Writer {
    /// A writer to `target`.
    pub(super) fn open(
        target: &Bound<'_, PyAny>,
        format: Format,
        options: WriteOptions,
        overlong_to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = target.py();
        if let Some(other) = overlong_to
            && is_one_target(target, other)?
        {
            return Err(PyValueError::new_err("target and overlong_to are the same file"));
        }
        let mut object = Reachable::empty();
        let target = if is_path(target)? {
            Target::Path(PathOutput::create(py, path_of(target)?)?)
        } else {
            refuse_text_file(target, TEXT_FILE)?;
            if !target.getattr_opt("write")?.is_some_and(|write| write.is_callable()) {
                return Err(PyTypeError::new_err(format!(
                    "expected a path or a binary file object, got {}",
                    target.get_type().name()?
                )));
            }
            object = Reachable::new(target.clone().unbind());
            Target::Object
        };
        let sheet = Sheet::new(format, options);
        let output = Output { target, sheet, bytes: Vec::new(), notes: Vec::new() };
        Ok(Self {
            output: Exclusive::new(output, REENTRANT),
            object,
            format,
            options,
            overlong_to: overlong_to
                .map_or_else(Reachable::empty, |target| Reachable::new(target.clone().unbind())),
            diverted: OnceLock::new(),
            closing: AtomicBool::new(false),
            bytes: Mutex::new(Vec::new()),
        })
    }

    /// Writes what `lay_out` puts into the output's bytes, all or none of them as far as that is ours
    /// to say.
    pub(super) fn put<R>(
        &self,
        py: Python<'_>,
        lay_out: impl FnOnce(&mut Output) -> PyResult<R>,
    ) -> PyResult<R> {
        let mut output = self.output.enter(py)?;
        output.will_be_observed();
        if matches!(output.target, Target::Closed) {
            return Err(PyValueError::new_err("the writer is closed"));
        }
        let is_begun = output.sheet.is_begun();
        output.bytes.clear();
        output.notes.clear();
        let laid = lay_out(&mut output);
        let written = laid.and_then(|result| {
            let written = self.write_out(py, &mut output);
            if written.is_err() {
                output.sheet.set_begun(is_begun);
            }
            written.map(|()| result)
        });
        drop(output);
        match self.closing.load(Ordering::Acquire) {
            true => written.and_then(|result| self.close(py).map(|()| result)),
            false => written,
        }
    }

    fn write_out(&self, py: Python<'_>, output: &mut Output) -> PyResult<()> {
        let Output { target, bytes, .. } = output;
        match target {
            _ if bytes.is_empty() => Ok(()),
            Target::Path(output) => output.write(py, bytes),
            Target::Object => self.object.get(py).and_then(|file| write_all(&file, bytes)),
            Target::Closed => Ok(()),
        }
    }

    fn close_inside(&self, py: Python<'_>, mut output: Guard<'_, Output>) -> PyResult<()> {
        output.will_be_observed();
        self.closing.store(false, Ordering::Release);
        if matches!(output.target, Target::Closed) {
            return Ok(());
        }
        let Output { sheet, bytes, .. } = &mut *output;
        bytes.clear();
        sheet.end(bytes);
        let ended = self.write_out(py, &mut output);
        let closed = match mem::replace(&mut output.target, Target::Closed) {
            Target::Path(mut file) => {
                let flushed = file.flush(py);
                // The system may take its time to close a file, too.
                py.detach(|| drop(file));
                flushed
            }
            Target::Object => self.object.get(py).and_then(|object| {
                self.object.clear();
                object.getattr_opt("flush")?.map_or(Ok(()), |flush| flush.call0().map(drop))
            }),
            Target::Closed => Ok(()),
        };
        drop(output);
        let diverted = self.diverted.get().map_or(Ok(()), |writer| writer.get().close(py));
        ended.and(closed).and(diverted)
    }

    /// Writes a record that ISO 2709 may hold as it is.
    fn write_iso2709(&self, py: Python<'_>, record: &Record) -> PyResult<()> {
        // Taken out and not locked: a record's own Python code may write another.
        let spare = || self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = mem::take(&mut *spare());
        bytes.clear();
        let written = record.write_to(py, &mut bytes).and_then(|()| {
            self.put(py, |output| {
                mem::swap(&mut output.bytes, &mut bytes);
                Ok(())
            })
        });
        *spare() = bytes;
        written
    }

    /// Lays out a record in the writer's format, and writes it.
    fn write_any<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, Record>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let is_text = self.format != Format::Iso2709;
        let policy = is_text.then_some(self.options.policy());
        let mut replaced = Vec::new();
        let parts = record.get().parts(py, policy, &mut replaced)?;
        let text = record.get().text_rule();
        let (laid, mut notes) = self.put(py, |Output { sheet, bytes, notes, .. }| {
            let laid = match &parts {
                Parts::Read(record) => sheet.record(record, text, bytes, notes),
                Parts::LaidOut(record) => sheet.record(record, text, bytes, notes),
                Parts::Made(record) => sheet.record(record, text, bytes, notes),
            };
            let laid = laid.map_err(|error| exception(py, "WriteError", error.to_string()))?;
            Ok((laid, replaced.iter().chain(notes.iter()).copied().collect::<Vec<_>>()))
        })?;
        if laid == Laid::Diverted {
            notes.push(Note::new(NoteKind::RecordDiverted));
            let more = self.diverted(py)?.get().write_any(py, record)?;
            let notes = note::tuple(py, &notes)?;
            return Ok(notes.add(more)?.cast_into()?);
        }
        note::tuple(py, &notes)
    }

    /// The writer of what is too long.
    pub(super) fn diverted(&self, py: Python<'_>) -> PyResult<&Py<Self>> {
        if self.diverted.get().is_none() {
            let target = self.overlong_to.get(py)?;
            let writer = Self::open(&target, Format::Marcxml, self.options, None)?;
            // Another thread may have been faster.
            let _ = self.diverted.set(Py::new(py, writer)?);
        }
        self.diverted.get().ok_or_else(|| PyValueError::new_err("the writer is closed"))
    }
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(
        signature = (target, format=Word::of("iso2709"), *, controls=Word::of("error"), encoding_errors=Word::of("strict"), overlong=Word::of("error"), overlong_to=None, namespace=true, collection=true),
        text_signature = "(target, format='iso2709', *, controls='error', encoding_errors='strict', overlong='error', overlong_to=None, namespace=True, collection=True)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        target: &Bound<'_, PyAny>,
        format: Word,
        controls: Word,
        encoding_errors: Word,
        overlong: Word,
        overlong_to: Option<&Bound<'_, PyAny>>,
        namespace: bool,
        collection: bool,
    ) -> PyResult<Self> {
        let format = format_options::format("format", &format)?;
        let options = format_options::write_options(
            &controls,
            &encoding_errors,
            &overlong,
            namespace,
            collection,
        )?;
        format_options::check_overlong(&options, overlong_to.is_some())?;
        Self::open(target, format, options, overlong_to)
    }

    /// Writes one record. If it cannot be written, nothing of it is. Gives what had to be changed
    /// about it, as `Note` objects: most often nothing.
    fn write<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let record = record.cast::<Record>().map_err(|_| {
            PyTypeError::new_err(format!("expected a Record, got {}", type_name(record)))
        })?;
        if self.format == Format::Iso2709 && self.options.is_overlong_refused() {
            self.write_iso2709(py, record.get())?;
            return Ok(PyTuple::empty(py));
        }
        self.write_any(py, record)
    }

    /// The format that is written.
    #[getter]
    const fn format(&self) -> &'static str {
        self.format.name()
    }

    /// Writes out what is buffered, and closes the file if the writer opened it.
    pub(super) fn close(&self, py: Python<'_>) -> PyResult<()> {
        match self.output.try_enter(py) {
            Ok(target) => self.close_inside(py, target),
            Err(Refusal::Reentrant) => {
                self.closing.store(true, Ordering::Release);
                Ok(())
            }
            Err(Refusal::Busy) => match self.output.enter(py) {
                Ok(target) => self.close_inside(py, target),
                Err(raised) => {
                    self.closing.store(true, Ordering::Release);
                    // Unless who was inside has left just now.
                    if let Ok(target) = self.output.try_enter(py) {
                        self.close_inside(py, target)?;
                    }
                    Err(raised)
                }
            },
        }
    }

    /// The writer itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the writer: also after an exception.
    #[pyo3(signature = (*_exception))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _exception: &Bound<'_, pyo3::types::PyTuple>,
    ) -> PyResult<()> {
        self.close(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.object.visit(&visit)?;
        self.overlong_to.visit(&visit)?;
        self.diverted.get().map_or(Ok(()), |writer| visit.call(writer))
    }

    fn __clear__(&self) {
        self.object.clear();
        self.overlong_to.clear();
    }
}

impl Drop for Writer {
    /// What is buffered is written, as far as the file takes it: nobody is there any more to be told
    /// why it did not, but `sys.unraisablehook`.
    fn drop(&mut self) {
        let Output { target, sheet, bytes, .. } = self.output.get_mut();
        if let Target::Path(file) = target {
            bytes.clear();
            sheet.end(bytes);
            Python::attach(|py| {
                if let Err(error) = file.write(py, bytes).and_then(|()| file.flush(py)) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

/// Writes to a Python file. A raw one may take less than it is given, and says so; nothing at the
/// moment, if it says `None`. Of any other file `None` says that all is written.
fn write_all(file: &Bound<'_, PyAny>, mut bytes: &[u8]) -> PyResult<()> {
    let py = file.py();
    loop {
        let answer = file.call_method1("write", (PyBytes::new(py, bytes),))?;
        if answer.is_none() && file.is_instance(&py.import("io")?.getattr("RawIOBase")?)? {
            return Err(PyBlockingIOError::new_err("the file takes no data at the moment"));
        }
        if answer.is_none() {
            return Ok(());
        }
        let length = bytes.len();
        match count_in(&answer, length, "the file's write", |count| {
            format!("the file says it wrote {count} bytes of {length}")
        })? {
            0 => return Err(PyOSError::new_err("the file takes no data")),
            count if count < length => bytes = &bytes[count..],
            _ => return Ok(()),
        }
    }
}
