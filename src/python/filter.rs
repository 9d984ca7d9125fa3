//! A filter, as a Python object.

use super::{
    faults::errors::mistake,
    record::{Record, live::LiveRecord},
};
use crate::select::{self, FilterError, TagPattern, ValueSet};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyString, PyTuple},
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// An expression over selectors that is true or false for a record, such as
/// `650$2 = "fast" and not 245$a ~ /whale/i`. docs/filters.md describes the language.
///
/// The files of `in @FILE` are read here, once. `str(filter)` returns the canonical form. Two filters
/// with the same canonical form and the same values in their files are equal.
#[pyclass(frozen, module = "tidemarc", eq)]
#[derive(PartialEq, Eq)]
pub(crate) struct Filter {
    filter: Arc<select::Filter>,
    tags: Vec<TagPattern>,
}

#[pymethods]
impl Filter {
    #[new]
    #[pyo3(signature = (text, /))]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        let filter = py.detach(|| select::Filter::with_files(text));
        let filter = filter.map_err(|error| refused(py, &error))?;
        let tags = filter.tags();
        Ok(Self { filter: Arc::new(filter), tags })
    }

    /// Returns true if the record matches. If the text of an undecodable field decides,
    /// `EncodingError` is raised, unless the record was read with another value of
    /// `encoding_errors`.
    #[pyo3(signature = (record, /))]
    fn matches(&self, record: &Bound<'_, Record>) -> PyResult<bool> {
        let py = record.py();
        let needs_leader = self.tags.iter().any(|tag| tag.is_leader());
        if let Some((view, text)) = record.get().read_view(py, needs_leader)
            && let Ok(is_match) = self.filter.matches(&view, text)
        {
            return Ok(is_match);
        }
        // The fields are made as objects if one was handed out, or to raise the exception for one
        // that is undecodable.
        let live = LiveRecord::of(record, &self.tags)?;
        let matches = self.filter.matches_with(&live.record, &|at, field| live.text_of(at, field));
        matches.map_err(|failure| live.raised(py, &failure))
    }

    /// The tags of all fields that the result depends on, sorted; `.` stands for any character, and
    /// `LDR` is the leader.
    #[getter]
    fn tags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.tags.iter().map(TagPattern::as_str))
    }

    fn __str__(&self) -> String {
        self.filter.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Filter({})", PyString::new(py, &self.__str__()).repr()?))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.__str__().hash(&mut hasher);
        hasher.finish()
    }

    /// Pickles the text. A filter with `in @FILE` raises `TypeError`: its file may have changed, or
    /// be missing, where the pickle is read.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let text = slf.get().__str__();
        let mut file = None;
        let parsed = select::Filter::parse_with(&text, |name| {
            file = Some(name.to_owned());
            ValueSet::of_lines(Vec::new())
        });
        match (parsed, file) {
            (Ok(_), None) => Ok((slf.get_type().into_any(), (text,))),
            (_, file) => Err(PyTypeError::new_err(format!(
                "a filter with 'in @{}' cannot be pickled: the file may differ where the pickle is \
                 read; make the filter there",
                file.unwrap_or_default()
            ))),
        }
    }

    /// Returns the filter itself, which cannot change.
    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Returns the filter itself, which cannot change.
    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

impl Filter {
    /// Returns the filter itself.
    pub(super) fn shared(&self) -> Arc<select::Filter> {
        Arc::clone(&self.filter)
    }
}

/// Makes the exception for text that is not a filter.
#[cold]
fn refused(py: Python<'_>, error: &FilterError) -> PyErr {
    let text = ("filter", error.filter());
    mistake(py, "FilterError", error.to_string(), text, error.position(), error.expected())
}
