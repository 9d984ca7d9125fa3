//! A scan: a source and columns, which may be read repeatedly.

use super::{
    export::{schema_capsule, stream_capsule},
    output::Output,
    preview::{self, TextRow},
    rows::Rows,
    run::{Report, Run},
    schema::Schema,
    table::Table,
};
use crate::{
    columns::{self, Csv},
    error::Error,
    python::{
        args::{
            choice::Choice,
            format_options,
            number::{at_least, max_faults_of, start_of, within},
            on_fault::{Errors, OnFault, log},
            range::range_of,
        },
        faults::{
            errors::{io_exception, open_exception},
            fault::Fault,
        },
        filter::Filter,
        io::{
            path::{is_path, path_of},
            same_file::{file_of, refuse_source},
            source::{self, Opened, is_path_source, paths_of},
        },
        quarantine::QuarantineSpec,
        stats::Stats,
    },
    select,
    source::{FileId, range::ByteRange},
    stream::{MOST_PARTITIONS, Options},
};
use pyo3::{
    exceptions::{PyOSError, PyTypeError, PyValueError},
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyCapsule,
};
use std::{
    fs, io,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// The core of `tidemarc.Scan`.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Scan")]
pub(crate) struct Scan {
    input: Arc<Input>,
    table: Table,
    limit: u64,
    /// The counts of the latest run.
    report: Mutex<Option<Arc<Report>>>,
}

/// The source and the options, which a scan of fewer rows shares.
struct Input {
    source: Py<PyAny>,
    /// A source that can be read once, until a run takes it.
    once: Mutex<Option<Opened>>,
    kind: Kind,
    options: Options,
    on_fault: OnFault,
    is_strict: bool,
    quarantine: Option<Py<PyAny>>,
    filter: Option<Arc<select::Filter>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Regular files: at a path, or several.
    File,
    /// A FIFO or a device at a path, or among several: it is opened only by a run.
    Device,
    Memory,
    /// A file object, a socket or a descriptor: it is read once.
    Once,
}

/// Treatment of the faults in a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As the program requested.
    Full,
    /// Faults are skipped without a report, and nothing is written.
    Quiet,
}

#[pymethods]
impl Scan {
    #[new]
    #[pyo3(signature = (source, columns, *, format, errors, repair, max_faults, quarantine, start, range, partitions, encoding, encoding_errors, numeric_references, threads, chunk_size, max_record_length, controls, mnemonics, filter, max_ratio))]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        source: &Bound<'_, PyAny>,
        columns: &Bound<'_, PyAny>,
        format: Choice,
        errors: Errors,
        repair: bool,
        #[pyo3(from_py_with = max_faults_of)] max_faults: Option<u64>,
        quarantine: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = start_of)] start: u64,
        #[pyo3(from_py_with = range_of)] range: Option<ByteRange>,
        partitions: isize,
        encoding: Choice,
        encoding_errors: Choice,
        numeric_references: bool,
        threads: Option<isize>,
        chunk_size: isize,
        max_record_length: isize,
        controls: Choice,
        mnemonics: Choice,
        filter: Option<PyRef<'_, Filter>>,
        max_ratio: Option<isize>,
    ) -> PyResult<Self> {
        let table = Table::of(columns)?;
        let (on_fault, asks_for_repair) = errors.meant()?;
        if matches!(on_fault, OnFault::Yield) {
            return Err(PyValueError::new_err(
                "errors must be 'strict', 'skip', 'repair' or a function, not 'yield': a table has \
                 no rows for faults",
            ));
        }
        let (is_null, is_strict) = match &encoding_errors {
            Choice::Text(word) => (word == "null", word == "strict"),
            Choice::Other(_) => (false, false),
        };
        let policy = if is_null { Choice::of("strict") } else { encoding_errors };
        let text = format_options::text_options(&encoding, &policy, numeric_references)?;
        let read = format_options::read_options(
            ("format", &format),
            &controls,
            &mnemonics,
            threads,
            max_record_length,
            max_ratio,
        )?;
        let mut options = Options {
            chunk_size: at_least("chunk_size", chunk_size, 1)?,
            repair: repair || asks_for_repair,
            max_faults,
            start,
            range,
            partitions: within("partitions", partitions, 1..=MOST_PARTITIONS as isize)?,
            text,
            ..read
        };
        options.settle().map_err(PyValueError::new_err)?;
        if let Some(quarantine) = quarantine
            && !is_path(quarantine)?
        {
            return Err(PyTypeError::new_err(format!(
                "the quarantine of a scan is a path, since each run writes it anew, not {}",
                quarantine.repr()?
            )));
        }
        let (kind, once) = opened(source, &options)?;
        let input = Input {
            source: source.clone().unbind(),
            once: Mutex::new(once),
            kind,
            options,
            on_fault,
            is_strict,
            quarantine: quarantine.map(|quarantine| quarantine.clone().unbind()),
            filter: filter.map(|filter| filter.shared()),
        };
        Ok(Self { input: Arc::new(input), table, limit: u64::MAX, report: Mutex::new(None) })
    }

    /// Returns a scan of the same source with this number of rows at most.
    fn head(&self, rows: u64) -> Self {
        self.with(self.table.clone(), self.limit.min(rows))
    }

    /// Returns a scan of the same rows that has the columns with these names at least.
    fn select(&self, names: Vec<String>) -> Self {
        self.with(self.table.select(&names), self.limit)
    }

    #[getter]
    fn schema(&self) -> Schema {
        Schema(self.table.columns.schema())
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.table.columns.schema())
    }

    fn __arrow_c_stream__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        stream_capsule(py, self.run(py, Manner::Full)?)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<Rows> {
        self.run(py, Manner::Full).map(Rows::new)
    }

    /// Writes CSV to a path or a binary file object.
    #[pyo3(signature = (target, *, delimiter, list_separator, null, header))]
    fn to_csv(
        &self,
        target: &Bound<'_, PyAny>,
        delimiter: &str,
        list_separator: String,
        null: String,
        header: bool,
    ) -> PyResult<()> {
        let delimiter = match delimiter.as_bytes() {
            &[byte @ 0x20..=0x7E | byte @ b'\t'] if byte != b'"' => byte,
            _ => {
                return Err(PyValueError::new_err(format!(
                    "delimiter must be one ASCII character and no quotation mark, not {delimiter:?}"
                )));
            }
        };
        self.refuse_the_source(target)?;
        let csv = Csv::new().delimiter(delimiter).list_separator(list_separator).null(null);
        super::csv::write(&csv, header, self.run(target.py(), Manner::Full)?, target)
    }

    /// Opens a file at a path, for a library that writes it.
    fn output(&self, path: &Bound<'_, PyAny>) -> PyResult<Output> {
        self.refuse_the_source(path)?;
        Output::create(path.py(), path_of(path)?)
    }

    /// Returns the first rows as text; None if they cannot be read without harm.
    fn preview(&self, py: Python<'_>, rows: u64) -> PyResult<Option<Vec<TextRow>>> {
        if !matches!(self.input.kind, Kind::File | Kind::Memory) {
            return Ok(None);
        }
        let scan = self.head(rows);
        match scan.run(py, Manner::Quiet) {
            Ok(run) => preview::rows_of(py, run).map(Some),
            // The file is not there any more.
            Err(raised) if raised.is_instance_of::<PyOSError>(py) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    /// True if the source can be read again in another process.
    #[getter]
    fn is_portable(&self) -> bool {
        self.input.kind != Kind::Once
    }

    /// The counts of the latest run; None before the first.
    #[getter]
    fn stats(&self) -> Option<Stats> {
        self.last_report().map(|report| report.get().0.into())
    }

    /// The summary of the latest run; None before the first.
    #[getter]
    fn summary(&self) -> Option<String> {
        self.last_report().map(|report| report.get().1.clone())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let input = &*self.input;
        // Scans of fewer rows share the objects: the collector would count a reference for each.
        if Arc::strong_count(&self.input) > 1 {
            return Ok(());
        }
        visit.call(&input.source)?;
        visit.call(&input.quarantine)?;
        input.on_fault.visit(&visit)?;
        // A thread that has the lock only takes the value.
        let Ok(once) = input.once.try_lock() else { return Ok(()) };
        let held = once.iter().flat_map(|opened| &opened.held).filter_map(Weak::upgrade);
        held.into_iter().try_for_each(|object| object.visit(&visit))
    }

    fn __clear__(&self) {
        if Arc::strong_count(&self.input) == 1 {
            let once = self.input.once.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(once);
        }
    }
}

/// Opens a source as a test, or to keep it if it can be read only once.
///
/// # Errors
/// If it cannot be opened.
fn opened(source: &Bound<'_, PyAny>, options: &Options) -> PyResult<(Kind, Option<Opened>)> {
    let py = source.py();
    if let Some(paths) = paths_of(source)? {
        // This opens no FIFO and no device.
        drop(source::open_paths(py, paths.clone(), options.clone())?);
        let is_regular = || paths.iter().all(|path| path.is_file());
        return Ok((if py.detach(is_regular) { Kind::File } else { Kind::Device }, None));
    }
    let is_path = is_path_source(source)?;
    if is_path {
        let path = path_of(source)?;
        let metadata = py.detach(|| fs::metadata(&path));
        let metadata = metadata.map_err(|error| open_exception(py, error, &path))?;
        // Opening a FIFO would take the place of the reader for whom its writer waits.
        if !metadata.is_file() && !metadata.is_dir() {
            return Ok((Kind::Device, None));
        }
    }
    let opened = source::open(source, options.clone())?;
    Ok(match opened.is_repeatable {
        true if is_path => (Kind::File, None),
        true => (Kind::Memory, None),
        false => (Kind::Once, Some(opened)),
    })
}

impl Scan {
    /// Refuses a target that is the source, which it would destroy.
    fn refuse_the_source(&self, target: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = target.py();
        let source = self.input.source.bind(py);
        let files: Vec<_> = match paths_of(source)? {
            Some(paths) => paths.iter().filter_map(|path| FileId::of_path(path)).collect(),
            None if is_path_source(source)? => {
                FileId::of_path(&path_of(source)?).into_iter().collect()
            }
            None => file_of(source).into_iter().collect(),
        };
        refuse_source(source, &files, target, "target")
    }

    fn with(&self, table: Table, limit: u64) -> Self {
        Self { input: Arc::clone(&self.input), table, limit, report: Mutex::new(None) }
    }

    /// Begins a run.
    fn run(&self, py: Python<'_>, manner: Manner) -> PyResult<Run> {
        let input = &*self.input;
        let source = input.source.bind(py);
        let Opened { mut stream, filename, mut held, .. } = match input.kind {
            Kind::Once => {
                let once = input.once.lock().unwrap_or_else(PoisonError::into_inner).take();
                once.ok_or_else(|| {
                    PyValueError::new_err(
                        "this scan was read already, and its source can be read only once: pass a \
                         path or bytes to read again",
                    )
                })?
            }
            Kind::File | Kind::Device | Kind::Memory => {
                source::open(source, input.options.clone())?
            }
        };
        // A run releases the GIL itself.
        stream.engine.around_parse = Box::new(|parse| parse());
        let is_full = manner == Manner::Full;
        let quarantine = input.quarantine.as_ref().filter(|_| is_full);
        if let Some(quarantine) = quarantine {
            let quarantine = QuarantineSpec::of(quarantine.bind(py))?;
            let start = input.options.start;
            let quarantine = quarantine.open(source, &stream.files(), start, &mut held)?;
            let set = stream.set_quarantine(quarantine);
            set.map_err(|error| io_exception(py, error))?;
        }
        let skips = !is_full || !matches!(input.on_fault, OnFault::Raise);
        let mut scan =
            columns::Scan::of_stream(stream, skips, &self.table.columns, input.filter.clone())
                .strict_text(input.is_strict && is_full)
                .limit(self.limit);
        if is_full && input.on_fault.calls_out() {
            scan = scan.on_skip(input.on_fault.reporter(py));
        }
        let report = Arc::new(Report::default());
        if is_full {
            let mut last = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(Arc::clone(&report));
        }
        let warns = is_full && input.on_fault.skips();
        Ok(Run::new(scan, report, filename, warns, quarantine.is_some()))
    }

    fn last_report(&self) -> Option<Arc<Report>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Receives each fault that is skipped.
type Reporter = Box<dyn FnMut(Error) -> io::Result<()> + Send>;

impl OnFault {
    /// Returns the function that reports a skipped fault: to the log, or to the function of the
    /// program.
    fn reporter(&self, py: Python<'_>) -> Reporter {
        let function = match self {
            Self::Call(function) => Some(function.clone_ref(py)),
            _ => None,
        };
        Box::new(move |error| {
            let reported = Python::attach(|py| match &function {
                Some(function) => function.bind(py).call1((Fault::new(error),)).map(drop),
                None => log(py, &error.to_string()),
            });
            reported.map_err(io::Error::other)
        })
    }
}
