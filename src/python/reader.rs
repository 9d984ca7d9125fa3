//! The reader: an iterator over the records of a source.

mod next;
mod report;

use super::{
    args::{
        choice::Choice,
        format_options,
        number::{at_least, max_faults_of, start_of},
        on_fault::{Errors, OnFault},
        range::range_of,
    },
    driver::Driver,
    faults::{errors::io_exception, losses::Losses},
    io::source,
    quarantine::QuarantineSpec,
    stats::Stats,
};
use crate::{format::Found, source::range::ByteRange, stream::Options};
use next::no_false_end;
use pyo3::{
    exceptions::PyValueError,
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::{PyTuple, PyType},
};
use std::{ffi::OsString, sync::atomic::AtomicBool};

/// An iterator over the MARC records of a source, in the order of the input.
///
/// `source` is a path, bytes or any other buffer, a binary file object, a socket, or a file
/// descriptor. A list or tuple of paths, a folder and a pattern such as "folder/*.mrc" are
/// several files, which are read as one: `record.source` names the file, `record.number` and
/// `record.offset` count in it, and `record.overall_number` and `stats` count in all files. A file
/// that cannot be read to its end is a fault in its place, and the next file follows. `max_faults`
/// applies to each file.
///
/// `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker", "line", or "auto", which detects
/// the format from the first bytes and falls back to ISO 2709. `controls` decides about control
/// characters that a text format does not allow: "error", "skip" or "replace". `mnemonics` says
/// which names in braces MARCMaker text has: "all", or "marcedit", those that MarcEdit writes.
///
/// `errors` decides about a damaged record. "strict" raises its exception; the next `next()`
/// continues after it. "skip" logs it. "yield" returns a `Fault` in its place. "repair" delivers
/// the records that can be repaired, with `record.faults`, and logs the others. A function is
/// called with the `Fault`, and may raise. `repair=True` adds repair to any value of `errors`.
///
/// After more than `max_faults` faults the stream ends with an error. `quarantine` is a path or a
/// binary file object. It receives the exact bytes of everything that is not delivered. A report in
/// JSON Lines goes to a file beside the path, or to the second of two file objects.
///
/// `start` is the offset at which reading begins, in bytes from the current position of the source:
/// the `offset` of a record, or the last `position` of an earlier reader. The bytes before it are
/// not read, except from pipes and file objects, where they are read and dropped. Record numbers
/// start at 1 there. An existing quarantine is continued; if `start` is before its end, it receives
/// some spans twice.
///
/// `range` is a pair of offsets, (start, end). The reader delivers the records and faults whose
/// first byte is in the range, exactly as a reader of the whole source finds them: any offsets will
/// do. `end` may be None, for the end of the source. The source is a path or bytes. MARCXML, JSON and
/// compressed input other than BGZF are one range: the one with byte 0 has everything. `splits`
/// proposes ranges, and docs/scale.md has the details.
///
/// `encoding` is the encoding of the text: "utf-8", "marc-8", "iso-5426", "iso-8859-1", "ascii", or
/// "auto", which detects it for each record (`record.encoding`, `record.encoding_reason`).
/// `encoding_errors` decides about undecodable bytes when text is accessed: "strict" raises
/// `EncodingError`; "replace", "ignore" and "backslashreplace" work as in Python's codecs.
/// `numeric_references=True` replaces `&#x…;` in MARC-8 by the character of that number.
///
/// `threads` is the largest number of batches parsed at once; 1 does everything on the caller's
/// thread. `chunk_size` is the number of bytes of one read. `max_record_length` is the largest
/// length of a record, in bytes; a longer one is a fault. `threads` and `chunk_size` do not change
/// the results.
///
/// `max_ratio` is the largest number of bytes for each byte of a compressed source: beyond it, and
/// beyond a mebibyte, an `OSError` is raised. None is no limit.
///
/// `read_ahead=False` leaves a file object or descriptor right after the record delivered, so that
/// other code can continue to read there. It requires ISO 2709, and reads on the caller's thread.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Reader {
    pub(crate) driver: Driver<()>,
    on_fault: OnFault,
    /// True if there are several inputs. A fatal fault then ends only its own.
    pub(crate) has_inputs: bool,
    /// True if faults go to a quarantine, which may call Python code.
    pub(crate) has_quarantine: bool,
    /// True once the warning at the end was issued.
    has_said: AtomicBool,
    losses: Losses,
    /// The format of each input, once it is detected.
    format: Found,
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(
        signature = (source, *, format=Choice::of("auto"), errors=Errors::strict(), repair=false, max_faults=None, quarantine=None, start=0, range=None, encoding=Choice::of("auto"), encoding_errors=Choice::of("strict"), numeric_references=false, threads=None, read_ahead=true, chunk_size=65536, max_record_length=16777216, controls=Choice::of("error"), mnemonics=Choice::of("all"), max_ratio=None),
        text_signature = "(source, *, format='auto', errors='strict', repair=False, max_faults=None, quarantine=None, start=0, range=None, encoding='auto', encoding_errors='strict', numeric_references=False, threads=None, read_ahead=True, chunk_size=65536, max_record_length=16777216, controls='error', mnemonics='all', max_ratio=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        source: &Bound<'_, PyAny>,
        format: Choice,
        errors: Errors,
        repair: bool,
        #[pyo3(from_py_with = max_faults_of)] max_faults: Option<u64>,
        quarantine: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = start_of)] start: u64,
        #[pyo3(from_py_with = range_of)] range: Option<ByteRange>,
        encoding: Choice,
        encoding_errors: Choice,
        numeric_references: bool,
        threads: Option<isize>,
        read_ahead: bool,
        chunk_size: isize,
        max_record_length: isize,
        controls: Choice,
        mnemonics: Choice,
        max_ratio: Option<isize>,
    ) -> PyResult<Self> {
        let (on_fault, asks_for_repair) = errors.meant()?;
        let text = format_options::text_options(&encoding, &encoding_errors, numeric_references)?;
        let read = format_options::read_options(
            ("format", &format),
            &controls,
            &mnemonics,
            threads,
            max_record_length,
            max_ratio,
        )?;
        let mut options = Options {
            read_ahead,
            chunk_size: at_least("chunk_size", chunk_size, 1)?,
            repair: repair || asks_for_repair,
            max_faults,
            start,
            range,
            text,
            ..read
        };
        options.settle().map_err(PyValueError::new_err)?;
        let losses = Losses::new(on_fault.skips() && options.repair);
        let quarantine = quarantine.map(QuarantineSpec::of).transpose()?;
        let mut opened = source::open(source, options)?;
        let has_quarantine = quarantine.is_some();
        if let Some(quarantine) = quarantine {
            // The quarantine is opened after the source: if that fails, an earlier quarantine
            // remains.
            let quarantine =
                quarantine.open(source, &opened.stream.files(), start, &mut opened.held)?;
            let set = opened.stream.set_quarantine(quarantine);
            set.map_err(|error| io_exception(source.py(), error))?;
        }
        let (format, has_inputs) = (opened.stream.found().clone(), opened.stream.has_inputs());
        let (driver, has_said) = (Driver::new(opened, ()), AtomicBool::new(false));
        Ok(Self { driver, on_fault, has_inputs, has_quarantine, has_said, losses, format })
    }

    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next(py).map_err(|error| no_false_end(py, error))
    }

    /// Stops reading and releases the source. A file object stays open, since its owner closes it.
    /// The quarantine is flushed; a failure to do so is raised.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.driver.close(py)
    }

    /// Returns the reader itself.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Closes the reader.
    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    /// Returns `Reader[Record | Fault]`, for annotations.
    #[classmethod]
    fn __class_getitem__<'py>(
        cls: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("types")?.getattr("GenericAlias")?.call1((cls, item))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.on_fault.visit(&visit)?;
        self.losses.visit(&visit)?;
        self.driver.visit(&visit)
    }

    fn __clear__(&self) {
        self.driver.clear();
    }

    /// The format of the current input, or None until it is detected.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        self.format.get().map(|format| format.name())
    }

    /// The counts of records, faults, padding and bytes up to now.
    #[getter]
    fn stats(&self, py: Python<'_>) -> Stats {
        self.driver.counts(py).into()
    }

    /// The name of the current input, or None: for a file its path.
    #[getter]
    fn name(&self, py: Python<'_>) -> Option<OsString> {
        self.driver.name(py).map(|name| name.as_path().into())
    }

    /// The end of the last item delivered, in bytes from the start of the input; of several inputs,
    /// the number of bytes delivered.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        self.driver.counts(py).position()
    }

    /// Returns the counts up to now as a few lines of text.
    fn summary(&self, py: Python<'_>) -> String {
        self.driver.counts(py).summary(self.driver.title().map(|name| &**name))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let counts = self.driver.counts(py);
        let (records, faults) = (counts.records, counts.faults);
        format!("<tidemarc.Reader: {records} records, {faults} faults, byte {}>", counts.position())
    }
}
