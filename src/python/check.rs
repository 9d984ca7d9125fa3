//! The faults of an input, counted without a Python object for each record.

use super::{
    driver::next_batch, faults::fault::Fault, pickle::maker, reader::Reader, stats::Stats,
};
use crate::{
    pipeline::NextBatch,
    reader::{self, ReportRows},
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyTuple},
};

/// The result of `check` and `report`: `stats`, `faults` and `sound`. `str(summary)` returns a few
/// lines of text.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Summary {
    /// Counts of records, faults, padding and bytes.
    #[pyo3(get)]
    stats: Py<Stats>,
    /// The faults, the worst first: a `Found` for each kind and severity.
    #[pyo3(get)]
    faults: Py<PyTuple>,
    /// True if every byte is in a sound record or in padding, and all text decodes. Data that is
    /// only unusual is sound.
    #[pyo3(get)]
    sound: bool,
    /// A fault for each field with undecodable text, in the order of the input; empty without
    /// `list_undecodable=True`.
    #[pyo3(get)]
    undecodable: Py<PyTuple>,
    headline: String,
    text: String,
}

impl Summary {
    pub(super) fn new(py: Python<'_>, summary: reader::Summary) -> PyResult<Self> {
        let stats = Py::new(py, Stats::from(summary.stats()))?;
        let (sound, headline) = (summary.is_sound(), summary.headline().to_string());
        let text = summary.to_string();
        let undecodable = summary.undecodable().iter().cloned().map(Fault::new);
        let undecodable = PyTuple::new(py, undecodable.collect::<Vec<_>>())?.unbind();
        let found = py.import("tidemarc._types")?.getattr("Found")?;
        let faults =
            summary.into_faults().map(|(times, first)| found.call1((times, Fault::new(first))));
        let faults = PyTuple::new(py, faults.collect::<PyResult<Vec<_>>>()?)?.unbind();
        Ok(Self { stats, faults, sound, undecodable, headline, text })
    }
}

/// State of a pickled `Summary`: the attributes, the headline, and the whole text.
type SummaryState = (Py<Stats>, Py<PyTuple>, bool, Py<PyTuple>, String, String);

/// Restores a `Summary` that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_summary(parts: SummaryState) -> Summary {
    let (stats, faults, sound, undecodable, headline, text) = parts;
    Summary { stats, faults, sound, undecodable, headline, text }
}

#[pymethods]
impl Summary {
    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self) -> String {
        format!("<tidemarc.Summary: {}>", self.headline)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (SummaryState,))> {
        let restore = maker(py, "_restore_summary")?;
        let (stats, faults) = (self.stats.clone_ref(py), self.faults.clone_ref(py));
        let undecodable = self.undecodable.clone_ref(py);
        let words = (self.headline.clone(), self.text.clone());
        Ok((restore, ((stats, faults, self.sound, undecodable, words.0, words.1),)))
    }
}

/// The options that `check` and `report` pass on to `Reader`.
const OPTIONS: [&str; 14] = [
    "format",
    "max_faults",
    "quarantine",
    "start",
    "encoding",
    "encoding_errors",
    "numeric_references",
    "threads",
    "read_ahead",
    "chunk_size",
    "max_record_length",
    "controls",
    "mnemonics",
    "max_ratio",
];

/// Opens a reader that repairs, for the function with this name. `options` are its other keyword
/// arguments.
pub(super) fn repairing_reader<'py>(
    function: &str,
    source: &Bound<'py, PyAny>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, Reader>> {
    let py = source.py();
    let options = options.map_or_else(|| Ok(PyDict::new(py)), |options| options.copy())?;
    for name in options.keys() {
        let name = name.to_string();
        let reason = match &*name {
            "errors" | "repair" => {
                format!(
                    "{function}() takes no '{name}': it always repairs, and reports every fault"
                )
            }
            name if OPTIONS.contains(&name) => continue,
            _ => format!("{function}() got an unexpected keyword argument '{name}'"),
        };
        return Err(PyTypeError::new_err(reason));
    }
    options.set_item("errors", "yield")?;
    options.set_item("repair", true)?;
    let reader = py.get_type::<Reader>().call((source,), Some(&options))?;
    Ok(reader.cast_into::<Reader>()?)
}

/// Reads a source to its end, repairs the records that can be repaired, decodes all text, and
/// counts the faults.
///
/// `options` are those of `Reader`, except `errors` and `repair`. The result contains the number of
/// faults of each kind and severity, and the first of them. `list_undecodable=True` lists all
/// undecodable text in `undecodable`, which takes memory for each. `report` lists every fault.
///
/// An empty input is sound, and has no records.
#[pyfunction]
#[pyo3(signature = (source, *, list_undecodable=false, **options))]
pub(crate) fn check(
    source: &Bound<'_, PyAny>,
    list_undecodable: bool,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Summary> {
    let py = source.py();
    let reader = repairing_reader("check", source, options)?;
    let found = reader.get().found(py, list_undecodable, None, &mut |_| Ok(()));
    let closed = reader.get().driver.close(py);
    let found = found?;
    closed?;
    Summary::new(py, found)
}

impl Reader {
    /// Reads to the end, and counts the faults. Adds a row for each to a report, and calls `write`
    /// after each batch.
    pub(super) fn found(
        &self,
        py: Python<'_>,
        lists_undecodable: bool,
        mut rows: Option<&mut ReportRows>,
        write: &mut dyn FnMut(&mut ReportRows) -> PyResult<()>,
    ) -> PyResult<reader::Summary> {
        let mut open = self.driver.enter(py)?;
        let begin = |stream| reader::Summary::begin(stream, lists_undecodable);
        let Some(mut summary) = open.stream.as_ref().map(begin) else {
            return Err(PyValueError::new_err("the reader is closed"));
        };
        loop {
            let turn = self.driver.wait(py, &mut open, next_batch)?;
            let Some(stream) = &mut open.stream else { break };
            match turn {
                NextBatch::Batch((batch, ())) => {
                    drop(batch);
                    let mut add = || summary.add_batch(stream, rows.as_deref_mut());
                    let counted = if self.has_quarantine { add() } else { py.detach(add) };
                    counted.map_err(|error| self.driver.failure(py, error))?;
                    rows.as_deref_mut().map_or(Ok(()), &mut *write)?;
                }
                NextBatch::Failed(error) => return Err(self.driver.failure(py, error)),
                NextBatch::Pending => {}
                NextBatch::End => {
                    summary.end(stream);
                    break;
                }
            }
            py.check_signals()?;
        }
        Ok(summary)
    }
}
