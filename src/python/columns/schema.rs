//! The schema of a scan, for Python and for Arrow's consumers.

use super::export::schema_capsule;
use arrow_schema::{DataType, SchemaRef};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyTuple},
};

/// The names and types of the columns of a scan. Libraries that know Arrow accept it as a schema:
/// `pyarrow.schema(schema)`.
#[pyclass(frozen, module = "tidemarc", eq)]
#[derive(PartialEq, Eq)]
pub(crate) struct Schema(pub(super) SchemaRef);

#[pymethods]
impl Schema {
    /// The names of the columns, in their order.
    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.fields().iter().map(|field| field.name()))
    }

    /// The types of the columns as text, such as `list<string>`.
    #[getter]
    fn types<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.fields().iter().map(|field| type_name(field.data_type())))
    }

    fn __len__(&self) -> usize {
        self.0.fields().len()
    }

    fn __repr__(&self) -> String {
        let width = self.0.fields().iter().map(|field| field.name().chars().count()).max();
        let width = width.unwrap_or_default();
        let mut text = String::from("tidemarc.Schema");
        for field in self.0.fields() {
            text.push_str(&format!(
                "\n  {:width$}  {}",
                field.name(),
                type_name(field.data_type())
            ));
        }
        text
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0)
    }
}

/// Returns the name of a type, as pyarrow writes it.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 => "string".into(),
        DataType::Int64 => "int64".into(),
        DataType::Boolean => "bool".into(),
        DataType::Date32 => "date32".into(),
        DataType::Binary => "binary".into(),
        DataType::List(item) => format!("list<{}>", type_name(item.data_type())),
        DataType::Struct(members) => {
            let member = |member: &arrow_schema::FieldRef| {
                format!("{}: {}", member.name(), type_name(member.data_type()))
            };
            format!("struct<{}>", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
