//! The definition of a column, as a Python object.

use crate::{
    columns::{self, Columns, Linked, Metadata, Normalize, Order, Repeat, Type},
    python::{
        args::choice::Choice,
        pickle::maker,
        selector::{Selector, refused},
    },
    select::{self, TagPattern},
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBool, PyDict, PyInt, PyString, PyTuple, PyType},
};

/// The definition of a column: a source of values in each record, and the treatment of them.
///
/// `selector` is a `Selector` or its text. `repeat` is the treatment of several values in one
/// record: "list", "first", "join", "count", "exists", or "explode", which makes a row for each
/// value. The default is "list", and "first" for the leader and for positions of control fields.
/// `separator` is the text between two values of "join"; the default is a blank. `order` is the
/// order of the subfields of one field: "record", or "spec" for that of the selector.
///
/// `type` is "string", "int", "year", "date" or "bool". Text without such a value, like `19uu`, is
/// null. `linked` decides about fields 880: "no", "only", "both", or "pair" for structs of text,
/// linked text and script. `ind` takes only fields with these indicators: two characters, where `*`
/// matches anything, and `#` or a blank is a blank. `normalize` is "NFC" or "NFD". `trim=True`
/// removes punctuation of ISBD from the end of each value. `default` is the value in place of null.
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
    Selector(select::Selector),
    Fields(TagPattern, String),
    Metadata(Metadata),
}

/// The argument of an option.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Argument {
    Repeat(Repeat),
    Separator(String),
    Order(Order),
    Type(Type),
    Linked(Linked),
    Indicators(String),
    Normalize(Normalize),
    Trim,
    Default(String),
}

impl Argument {
    /// Returns the argument as Python passes it.
    fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let text = match self {
            Self::Repeat(repeat) => repeat.name(),
            Self::Order(order) => order.name(),
            Self::Type(kind) => kind.name(),
            Self::Linked(linked) => linked.name(),
            Self::Normalize(form) => form.name(),
            Self::Separator(text) | Self::Indicators(text) | Self::Default(text) => text,
            Self::Trim => return PyBool::new(py, true).to_owned().into_any(),
        };
        PyString::new(py, text).into_any()
    }

    /// Returns a column with this option.
    fn set(&self, column: columns::Column) -> columns::Column {
        match self {
            Self::Repeat(repeat) => column.repeat(*repeat),
            Self::Separator(text) => column.separator(text),
            Self::Order(order) => column.order(*order),
            Self::Type(kind) => column.value_type(*kind),
            Self::Linked(linked) => column.linked(*linked),
            Self::Indicators(pattern) => column.indicators(pattern),
            Self::Normalize(form) => column.normalize(*form),
            Self::Trim => column.trim(true),
            Self::Default(text) => column.default_value(text),
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
            Source::Fields(tag, codes) => format!("{tag}{codes}"),
            Source::Metadata(fact) => fact.name().into(),
        }
    }

    /// Returns true if the column decides about the rows of a table.
    pub(super) fn makes_rows(&self) -> bool {
        self.options.iter().any(|(_, argument)| *argument == Argument::Repeat(Repeat::Explode))
    }

    /// Returns the column of the core.
    pub(super) fn column(&self) -> columns::Column {
        let column = match &self.source {
            Source::Selector(selector) => columns::Column::new(selector.clone()),
            Source::Fields(tag, codes) => columns::Column::fields(*tag, codes),
            Source::Metadata(fact) => columns::Column::metadata(*fact),
        };
        self.options.iter().fold(column, |column, (_, argument)| argument.set(column))
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
            Source::Fields(tag, codes) if codes.is_empty() => {
                ("fields", PyTuple::new(py, [tag.as_str()])?)
            }
            Source::Fields(tag, codes) => ("fields", PyTuple::new(py, [tag.as_str(), codes])?),
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

/// Returns the options that were passed, in their order.
fn options<const N: usize>(
    all: [(&'static str, Option<Argument>); N],
) -> Vec<(&'static str, Argument)> {
    all.into_iter().filter_map(|(name, argument)| Some((name, argument?))).collect()
}

/// Returns the default of a column as text.
fn default_of(value: &Bound<'_, PyAny>) -> PyResult<Option<Argument>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyInt>() {
        return Ok(Some(Argument::Default(value.str()?.to_str()?.to_owned())));
    }
    Err(PyTypeError::new_err(format!("default must be text or a number, not {}", value.repr()?)))
}

#[pymethods]
impl Column {
    #[new]
    #[pyo3(signature = (selector, *, repeat=None, separator=None, order=None, r#type=None, linked=None, ind=None, normalize=None, trim=false, default=None))]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        selector: &Bound<'_, PyAny>,
        repeat: Option<Choice>,
        separator: Option<String>,
        order: Option<Choice>,
        r#type: Option<Choice>,
        linked: Option<Choice>,
        ind: Option<String>,
        normalize: Option<Choice>,
        trim: bool,
        default: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let source = match selector.cast::<PyString>() {
            Ok(text) => {
                let text = text.to_str()?;
                Source::Selector(text.parse().map_err(|error| refused(selector.py(), &error))?)
            }
            Err(_) => match selector.cast::<Selector>() {
                Ok(selector) => Source::Selector(selector.get().get().clone()),
                Err(_) => {
                    return Err(PyTypeError::new_err(format!(
                        "a column takes a selector, not {}",
                        selector.repr()?
                    )));
                }
            },
        };
        let repeat = named("repeat", repeat, Repeat::ALL, Repeat::name)?;
        let order = named("order", order, Order::ALL, Order::name)?;
        let kind = named("type", r#type, Type::ALL, Type::name)?;
        let linked = named("linked", linked, Linked::ALL, Linked::name)?;
        let normalize = named("normalize", normalize, Normalize::ALL, Normalize::name)?;
        let options = options([
            ("repeat", repeat.map(Argument::Repeat)),
            ("separator", separator.map(Argument::Separator)),
            ("order", order.map(Argument::Order)),
            ("type", kind.map(Argument::Type)),
            ("linked", linked.map(Argument::Linked)),
            ("ind", ind.map(Argument::Indicators)),
            ("normalize", normalize.map(Argument::Normalize)),
            ("trim", trim.then_some(Argument::Trim)),
            ("default", default.map(default_of).transpose()?.flatten()),
        ]);
        Definition { source, options }.checked().map(Self)
    }

    /// Returns a column of whole data fields, as structs of `ind1`, `ind2` and `subfields`, which are
    /// a list of structs of `code` and `value` in the order of the record.
    ///
    /// `tag` may have `.` for any character. `codes` are the subfields to take; None takes all. The
    /// other arguments are those of `Column`; `repeat` is "list", "first", "count", "exists" or
    /// "explode".
    #[classmethod]
    #[pyo3(signature = (tag, codes=None, ind=None, *, repeat=None, normalize=None, trim=false))]
    fn fields(
        class: &Bound<'_, PyType>,
        tag: &str,
        codes: Option<String>,
        ind: Option<String>,
        repeat: Option<Choice>,
        normalize: Option<Choice>,
        trim: bool,
    ) -> PyResult<Self> {
        let tag = tag.parse().map_err(|error| refused(class.py(), &error))?;
        let repeat = named("repeat", repeat, Repeat::ALL, Repeat::name)?;
        let normalize = named("normalize", normalize, Normalize::ALL, Normalize::name)?;
        let options = options([
            ("ind", ind.map(Argument::Indicators)),
            ("repeat", repeat.map(Argument::Repeat)),
            ("normalize", normalize.map(Argument::Normalize)),
            ("trim", trim.then_some(Argument::Trim)),
        ]);
        let source = Source::Fields(tag, codes.unwrap_or_default());
        Definition { source, options }.checked().map(Self)
    }

    /// Returns a column of a fact about each record: "record_no", "overall_no", "file",
    /// "offset_bytes", "length", "control_number", "leader", "encoding", "faults", "raw" or "json".
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
