//! The writer of records to a path or a file object.

mod ending;
mod output;

use super::{
    args::{choice::Choice, format_options},
    driver::Born,
    faults::{note, refused::type_name},
    gil::{
        exclusive::{Exclusive, Guard},
        visited::Visited,
    },
    io::{
        file_output,
        path::{is_path, path_of},
        path_output::PathOutput,
        same_file::is_one_target,
    },
    record::Record,
};
use crate::{
    compress::Packer,
    error::escaped,
    format::{Compression, Document, Format, Note, NoteKind, Overlong, Placement, WriteOptions},
};
pub(crate) use ending::end_by_exception;
use output::Output;
pub(crate) use output::{Ending, WriterState};
use pyo3::{
    exceptions::{PyRuntimeError, PyTypeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyTuple,
};
use std::{
    mem,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

/// Message of the `RuntimeError` on re-entrant use.
const REENTRANT: &str =
    "the writer was called again from inside its own write, flush or signal handler";

/// Message of the `ValueError` on a closed writer.
const CLOSED: &str = "the writer is closed";

/// Values of `Writer::closing`.
const OPEN: u8 = 0;
const COMMIT: u8 = Ending::Commit as u8 + 1;

/// A writer of records to a path or a binary file object.
///
/// A file at the path is replaced in one step when the writer is closed. If an exception ends the
/// `with` block, the disk is full or the program is killed, the old file is unchanged and no new
/// file remains. So the same file may be read and written at once. FIFOs and devices are written
/// directly.
///
/// `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker" or "line". None takes the format
/// from the suffix of the path: `.mrc`, `.marc`, `.dat`, `.utf8`, `.bin`, `.iso` or no suffix is
/// ISO 2709, `.xml` and `.marcxml` MARCXML, `.json` JSON, `.jsonl` and `.ndjson` JSON Lines, `.mrk`
/// and `.mrk8` MARCMaker; another one raises `ValueError`. A file object receives ISO 2709.
///
/// `compression` is "gzip", "bgzf" or "zstd", or None for no compression. "auto" takes it from the
/// last suffix of the path: `.gz`, `.bgz` and `.bgzf`, `.zst`, as in `books.xml.gz`; a file object is
/// then not compressed. `compression_level` is from 0 to 9 for gzip and BGZF (6 by default), from 1
/// to 22 for zstd (3 by default). The compressed bytes are written when there are 64 KiB of them, and
/// at the end.
///
/// `encoding` ("utf-8" or "marc-8") is the encoding of every record in ISO 2709, which its leader
/// then states; None leaves each record in its own.
///
/// A record that the format cannot hold is refused, unless an option says otherwise. `controls`
/// ("error", "skip", "replace") applies to control characters, and `encoding_errors` ("strict",
/// "replace", "ignore", "backslashreplace") to undecodable bytes and to characters that the encoding
/// lacks, for which the last writes `&#x…;`. `overlong` ("error", "split", "xml") applies to records
/// that are too long for ISO 2709. With `overlong="xml"` these are written to `overlong_to` as
/// MARCXML. A compression that is named applies to it too; with "auto" its own suffix decides.
/// `namespace` and `collection` decide if MARCXML has its namespace and the `collection` element.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Writer {
    output: Exclusive<WriterState>,
    object: Visited,
    /// The target in words.
    target: String,
    format: Format,
    compression: Option<Compression>,
    options: WriteOptions,
    /// Number of records written.
    records: AtomicU64,
    /// The target of records that are too long, and its writer once there was such a record.
    overlong_to: Visited,
    diverted: OnceLock<Py<Self>>,
    /// Set by a `close()` that could not wait for the thread inside; that thread then closes the
    /// writer. `OPEN`, or an [`Ending`] plus one.
    closing: AtomicU8,
    /// The process that made the writer.
    born: Born,
    /// A buffer for the bytes of one record, used again.
    bytes: Mutex<Vec<u8>>,
}

impl Writer {
    /// Makes a writer to `target`.
    pub(crate) fn open(
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
        let compression = format_options::compression_of(&options, target)?;
        // The second target may have a compression without this level.
        let level = options.compression_level;
        let level =
            level.filter(|&level| compression.is_some_and(|kind| kind.levels().contains(&level)));
        let packer = compression.map(|kind| Packer::new(kind, level));
        let mut object = Visited::empty();
        let (target, name) = if is_path(target)? {
            let path = path_of(target)?;
            let name = escaped(&path.to_string_lossy()).into_owned();
            (Output::Path(PathOutput::create(py, path)?), name)
        } else {
            file_output::check(target, "file", "a path or a binary file object")?;
            object = Visited::new(target.clone().unbind());
            (Output::Object(Vec::new()), format!("a {}", type_name(target)))
        };
        let output = WriterState::new(target, Document::new(format, options), packer);
        Ok(Self {
            output: Exclusive::new(output, REENTRANT),
            object,
            target: name,
            format,
            compression,
            options,
            records: AtomicU64::new(0),
            overlong_to: overlong_to
                .map_or_else(Visited::empty, |target| Visited::new(target.clone().unbind())),
            diverted: OnceLock::new(),
            closing: AtomicU8::new(OPEN),
            born: Born::now(),
            bytes: Mutex::new(Vec::new()),
        })
    }

    /// Waits for other threads to leave, and enters for writing.
    ///
    /// # Errors
    /// If the writer is closed, or belongs to another process.
    fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, WriterState>> {
        if self.born.is_before_fork() {
            return Err(PyRuntimeError::new_err(
                "this writer was made before a fork, and belongs to the parent: open a new one in \
                 the child",
            ));
        }
        let mut output = self.output.enter(py)?;
        output.will_be_observed();
        if output.is_open() { Ok(output) } else { Err(PyValueError::new_err(CLOSED)) }
    }

    /// Leaves, and closes the writer if another thread has requested that meanwhile.
    fn leave<R>(
        &self,
        py: Python<'_>,
        output: Guard<'_, WriterState>,
        result: PyResult<R>,
    ) -> PyResult<R> {
        drop(output);
        let ending = match self.closing.load(Ordering::Acquire) {
            OPEN => return result,
            COMMIT => Ending::Commit,
            _ => Ending::Abandon,
        };
        result.and_then(|result| self.end(py, ending).map(|_| result))
    }

    /// Returns true if a fork has copied the writer into this process.
    fn is_of_parent(&self) -> bool {
        self.born.is_in_another_process()
    }

    /// Writes the bytes that `lay_out` appends. If nothing of them was written, the state of the
    /// document is restored.
    pub(crate) fn put<R>(
        &self,
        py: Python<'_>,
        lay_out: impl FnOnce(&mut WriterState) -> PyResult<R>,
    ) -> PyResult<R> {
        let mut output = self.enter(py)?;
        let is_begun = output.document.is_begun();
        output.bytes.clear();
        output.notes.clear();
        let laid = lay_out(&mut output);
        let written = laid.and_then(|result| {
            let (is_taken, written) = output.write(py, &self.object);
            if !is_taken {
                output.document.set_begun(is_begun);
            }
            written.map(|()| result)
        });
        self.leave(py, output, written)
    }

    /// Writes records that a conversion has compressed to blocks.
    pub(crate) fn put_blocks(&self, py: Python<'_>, blocks: &[u8]) -> PyResult<()> {
        let mut output = self.enter(py)?;
        let is_begun = output.document.is_begun();
        output.bytes.clear();
        let WriterState { document, bytes, .. } = &mut *output;
        document.join_elsewhere(bytes);
        let written = output.write_blocks(py, &self.object, blocks);
        if written.is_err() {
            output.document.set_begun(is_begun);
        }
        self.leave(py, output, written)
    }

    /// Returns the level for blocks of BGZF that the threads of a conversion compress.
    pub(crate) fn block_level(&self) -> Option<u8> {
        (self.compression? == Compression::Bgzf)
            .then(|| self.options.compression_level.unwrap_or(Compression::Bgzf.default_level()))
    }

    /// Writes a record in ISO 2709, and refuses one that is too long.
    fn write_iso2709<'py>(
        &self,
        py: Python<'py>,
        record: &Record,
    ) -> PyResult<Bound<'py, PyTuple>> {
        // The buffer is taken and not locked, since Python code of a record may write another
        // record.
        let spare = || self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = mem::take(&mut *spare());
        bytes.clear();
        let (policy, mut notes) = (self.options.encoding_errors, Vec::new());
        let written = record.write_to(py, policy, &mut bytes, &mut notes).and_then(|()| {
            self.put(py, |output| {
                mem::swap(&mut output.bytes, &mut bytes);
                Ok(())
            })
        });
        *spare() = bytes;
        written.and_then(|()| note::tuple(py, &notes))
    }

    /// Lays out a record in the writer's format, and writes it.
    fn write_any<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, Record>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let encoding = record.get().encoding_to_write(py, self.options.encoding);
        let is_text = self.format != Format::Iso2709 || encoding.is_some();
        let mut replaced = Vec::new();
        let policy = self.options.encoding_errors;
        let input = record.get().write_input(py, is_text, policy, &mut replaced)?;
        let text = record.get().text_rule();
        let (laid, mut notes) =
            self.put(py, |WriterState { document, bytes, notes, .. }| {
                let own = document.set_encoding(encoding);
                let laid = input.lay_out(document, text, bytes, notes);
                document.set_encoding(own);
                let laid = laid.map_err(|error| record.get().unwritable(py, &error))?;
                Ok((laid, replaced.iter().chain(notes.iter()).copied().collect::<Vec<_>>()))
            })?;
        if let Placement::Diverted(_) = laid {
            notes.push(Note::new(NoteKind::RecordDiverted));
            let more = self.diverted(py)?.get().write_any(py, record)?;
            let notes = note::tuple(py, &notes)?;
            return Ok(notes.add(more)?.cast_into()?);
        }
        note::tuple(py, &notes)
    }

    /// Returns the writer of records that are too long. The first call opens it.
    pub(crate) fn diverted(&self, py: Python<'_>) -> PyResult<&Py<Self>> {
        if self.diverted.get().is_none() {
            // It is opened inside, so that only one thread opens the file.
            let output = self.enter(py)?;
            let opened = match self.diverted.get() {
                Some(_) => Ok(()),
                None => self.open_diverted(py),
            };
            self.leave(py, output, opened)?;
        }
        self.diverted.get().ok_or_else(|| PyValueError::new_err(CLOSED))
    }

    fn open_diverted(&self, py: Python<'_>) -> PyResult<()> {
        let target = self.overlong_to.get(py)?;
        let writer = Py::new(py, Self::open(&target, Format::Marcxml, self.options, None)?)?;
        // It is empty, since no other thread is inside.
        let _ = self.diverted.set(writer);
        Ok(())
    }
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(
        signature = (target, format=None, *, encoding=None, controls=Choice::of("error"), encoding_errors=Choice::of("strict"), overlong=Choice::of("error"), overlong_to=None, namespace=true, collection=true, compression=Some(Choice::of("auto")), compression_level=None),
        text_signature = "(target, format=None, *, encoding=None, controls='error', encoding_errors='strict', overlong='error', overlong_to=None, namespace=True, collection=True, compression='auto', compression_level=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        target: &Bound<'_, PyAny>,
        format: Option<Choice>,
        encoding: Option<Choice>,
        controls: Choice,
        encoding_errors: Choice,
        overlong: Choice,
        overlong_to: Option<&Bound<'_, PyAny>>,
        namespace: bool,
        collection: bool,
        compression: Option<Choice>,
        compression_level: Option<isize>,
    ) -> PyResult<Self> {
        let format = format_options::target_format("format", format.as_ref(), target)?;
        let encoding = format_options::target_encoding("encoding", encoding.as_ref(), format)?;
        let options = format_options::write_options(
            encoding,
            &controls,
            &encoding_errors,
            &overlong,
            namespace,
            collection,
        )?;
        let options =
            format_options::compressed(options, compression.as_ref(), compression_level, target)?;
        format_options::check_overlong(&options, overlong_to.is_some())?;
        Self::open(target, format, options, overlong_to)
    }

    /// Writes one record, or nothing of it if it cannot be written. Returns the changes that the
    /// format required, as `Note` objects; usually there are none.
    fn write<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let record = record.cast::<Record>().map_err(|_| {
            PyTypeError::new_err(format!("expected a Record, got {}", type_name(record)))
        })?;
        let is_plain = self.options.overlong == Overlong::Error && self.options.encoding.is_none();
        let notes = match self.format == Format::Iso2709 && is_plain {
            true => self.write_iso2709(py, record.get())?,
            false => self.write_any(py, record)?,
        };
        self.records.fetch_add(1, Ordering::Relaxed);
        Ok(notes)
    }

    /// The format that is written.
    #[getter]
    const fn format(&self) -> &'static str {
        self.format.name()
    }

    /// The compression of the output, or None.
    #[getter]
    fn compression(&self) -> Option<&'static str> {
        self.compression.map(Compression::name)
    }

    /// Writes out the buffered bytes. If the writer opened a path, replaces the file there.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.end(py, Ending::Commit).map(drop)
    }

    /// Returns the writer itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the writer. After an exception, a file at the path is unchanged, and a note on the
    /// exception says so.
    #[pyo3(signature = (class=None, raised=None, _traceback=None, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        class: Option<&Bound<'_, PyAny>>,
        raised: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        match class.or(raised) {
            None => self.close(py),
            Some(_) => self.give_up(py, raised),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let state = match self.output.try_enter(py) {
            Ok(output) if output.is_open() => "open",
            Ok(_) => "closed",
            Err(_) => "in use",
        };
        let Self { target, format, records, .. } = self;
        let records = records.load(Ordering::Relaxed);
        format!("<tidemarc.Writer: {records} records as {format} to {target}, {state}>")
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
