//! The definition of a column, as a Python object.

use crate::{
    columns::{self, Columns, Metadata, Repeat},
    python::{
        args::choice::Choice,
        pickle::maker,
        selector::{Selector, refused},
    },
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString, PyTuple, PyType},
};

/// The definition of a column: a source of values in each record, and the treatment of them.
///
/// `selector` is a `Selector` or its text. `repeat` is the treatment of several values in one
/// record: "list", "first", "join", "count", or "exists". The default is "list", and "first" for
/// the leader and for positions of control fields. `separator` is the text between two values of
/// "join".
///
/// docs/columns.md describes the options. Those that contradict each other raise `ValueError`.
#[pyclass(frozen, module = "tidemarc", eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Column(Definition);

/// The call that makes a column: its repr and its pickle.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Definition {
    source: Source,
    /// The options that were passed, in the order of the signature.
    options: Vec<(&'static str, Argument)>,
}

/// The source of the values, as the call names it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Source {
    Selector(crate::select::Selector),
    Metadata(Metadata),
}

/// The argument of an option.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Argument {
    Repeat(Repeat),
    Text(String),
}

impl Argument {
    fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let text = |text: &str| PyString::new(py, text).into_any();
        match self {
            Self::Repeat(repeat) => text(repeat.name()),
            Self::Text(value) => text(value),
        }
    }
}

impl Definition {
    /// Defines a column by the text of a selector, or by the name of a fact about the record.
    pub(super) fn of_text(py: Python<'_>, text: &str) -> PyResult<Self> {
        let source = match Metadata::from_name(text) {
            Some(fact) => Source::Metadata(fact),
            None => Source::Selector(text.parse().map_err(|error| refused(py, &error))?),
        };
        Ok(Self { source, options: Vec::new() })
    }

    /// Defines a column by a `Selector`, a `Column`, or text.
    ///
    /// # Errors
    /// `TypeError` for any other object, and `SelectorError` for text that is not a selector.
    pub(super) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(column) = object.cast::<Column>() {
            return Ok(column.get().0.clone());
        }
        if let Ok(selector) = object.cast::<Selector>() {
            let source = Source::Selector(selector.get().get().clone());
            return Ok(Self { source, options: Vec::new() });
        }
        match object.cast::<PyString>() {
            Ok(text) => Self::of_text(object.py(), text.to_str()?),
            Err(_) => Err(PyTypeError::new_err(format!(
                "a column is a selector, a Column or a name, not {}",
                object.repr()?
            ))),
        }
    }

    /// Returns the name of a column that was given none.
    pub(super) fn name(&self) -> String {
        match &self.source {
            Source::Selector(selector) => selector.to_string(),
            Source::Metadata(fact) => fact.name().into(),
        }
    }

    /// Returns true if the column decides about the rows of a table.
    pub(super) const fn makes_rows(&self) -> bool {
        false
    }

    /// Returns the column of the core.
    pub(super) fn column(&self) -> columns::Column {
        let mut column = match &self.source {
            Source::Selector(selector) => columns::Column::new(selector.clone()),
            Source::Metadata(fact) => columns::Column::metadata(*fact),
        };
        for (name, argument) in &self.options {
            column = match (*name, argument) {
                (_, Argument::Repeat(repeat)) => column.repeat(*repeat),
                (_, Argument::Text(text)) => column.separator(text),
            };
        }
        column
    }

    /// Checks that the options do not contradict each other.
    fn checked(self) -> PyResult<Self> {
        match Columns::new([("", self.column())]) {
            Ok(_) => Ok(self),
            Err(error) => Err(PyValueError::new_err(error.reason().to_owned())),
        }
    }

    /// Returns the name of the method of the class that makes it, and its arguments.
    fn call<'py>(&self, py: Python<'py>) -> PyResult<(&'static str, Bound<'py, PyTuple>)> {
        Ok(match &self.source {
            Source::Selector(selector) => ("", PyTuple::new(py, [selector.to_string()])?),
            Source::Metadata(fact) => ("metadata", PyTuple::new(py, [fact.name()])?),
        })
    }
}

/// Returns the value of an option with one of a few names.
fn named<T: Copy>(
    option: &str,
    argument: Option<Choice>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> PyResult<Option<T>> {
    let Some(argument) = argument else { return Ok(None) };
    let names = all.iter().map(|&value| format!("'{}'", name(value))).collect::<Vec<_>>();
    let find = |word: &str| all.iter().copied().find(|&value| name(value) == word);
    argument.one_of(option, &format!("one of {}", names.join(", ")), find).map(Some)
}

#[pymethods]
impl Column {
    #[new]
    #[pyo3(signature = (selector, *, repeat=None, separator=None))]
    fn new(
        selector: &Bound<'_, PyAny>,
        repeat: Option<Choice>,
        separator: Option<String>,
    ) -> PyResult<Self> {
        let source = match selector.cast::<PyString>() {
            Ok(text) => {
                let text = text.to_str()?;
                Source::Selector(text.parse().map_err(|error| refused(selector.py(), &error))?)
            }
            Err(_) => Definition::of(selector)?.source,
        };
        let repeat = named("repeat", repeat, Repeat::ALL, Repeat::name)?;
        let options = [
            ("repeat", repeat.map(Argument::Repeat)),
            ("separator", separator.map(Argument::Text)),
        ];
        let options = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Definition { source, options: options.collect() }.checked().map(Self)
    }

    /// Returns a column of a fact about each record: "record_no", "file", "offset_bytes", "length",
    /// "control_number", "leader", "encoding", "faults", "raw" or "json".
    #[classmethod]
    fn metadata(_class: &Bound<'_, PyType>, name: Choice) -> PyResult<Self> {
        let fact = named("name", Some(name), Metadata::ALL, Metadata::name)?;
        let fact = fact.unwrap_or(Metadata::RecordNo);
        Ok(Self(Definition { source: Source::Metadata(fact), options: Vec::new() }))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (method, arguments) = self.0.call(py)?;
        let mut text = format!("Column{}{method}(", if method.is_empty() { "" } else { "." });
        for (at, argument) in arguments.iter().enumerate() {
            text.push_str(if at > 0 { ", " } else { "" });
            text.push_str(&argument.repr()?.to_string_lossy());
        }
        for (name, argument) in &self.0.options {
            text.push_str(&format!(", {name}={}", argument.object(py).repr()?));
        }
        Ok(text + ")")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, State<'py>)> {
        let (method, arguments) = self.0.call(py)?;
        let options = PyDict::new(py);
        for (name, argument) in &self.0.options {
            options.set_item(name, argument.object(py))?;
        }
        Ok((maker(py, "_restore_column")?, (method.to_owned(), arguments, options)))
    }
}

/// State of a pickled `Column`: the method that makes it, its arguments, and its options.
type State<'py> = (String, Bound<'py, PyTuple>, Bound<'py, PyDict>);

/// Restores a `Column` that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_column<'py>(
    method: &str,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let class = arguments.py().get_type::<Column>().into_any();
    let make = match method {
        "" => class,
        "fields" | "metadata" => class.getattr(method)?,
        _ => return Err(PyValueError::new_err(format!("no column is made by {method:?}"))),
    };
    make.call(arguments, Some(options))
}
