//! A field whose values are bytes.

use crate::{
    python::{
        field::Field,
        objects::{code_of, elements, value_of},
    },
    record::{FIELD_TERMINATOR, SUBFIELD_DELIMITER},
};
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyTuple},
};

/// A field whose data or subfield values are bytes, as `to_unicode=False` reads them.
///
/// It serves records whose encoding is unknown or wrong: they are written back unchanged.
#[pyclass(frozen, module = "tidemarc.pymarc", extends = Field, subclass, weakref)]
pub(crate) struct RawField;

impl RawField {
    pub(crate) fn of(field: Field) -> PyClassInitializer<Self> {
        PyClassInitializer::from(field).add_subclass(Self)
    }

    /// Appends the bytes of the field in a record, with the terminator.
    pub(crate) fn write(field: &Field, py: Python<'_>, target: &mut Vec<u8>) -> PyResult<()> {
        if field.is_control(py) {
            let data = field.data(py)?.unwrap_or_else(|| py.None().into_bound(py));
            push(target, &data)?;
        } else {
            push_ascii(target, &field.indicator1(py)?)?;
            push_ascii(target, &field.indicator2(py)?)?;
            for subfield in elements(&field.live_list(py)?)? {
                target.push(SUBFIELD_DELIMITER);
                push_ascii(target, &code_of(&subfield)?)?;
                push(target, &value_of(&subfield)?)?;
            }
        }
        target.push(FIELD_TERMINATOR);
        Ok(())
    }
}

fn push_ascii(target: &mut Vec<u8>, text: &Bound<'_, PyAny>) -> PyResult<()> {
    push(target, &text.call_method1(intern!(text.py(), "encode"), ("ascii",))?)
}

fn push(target: &mut Vec<u8>, bytes: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(bytes) = bytes.cast::<PyBytes>() else {
        let name = bytes.get_type().name()?;
        return Err(PyTypeError::new_err(format!("can't concat {name} to bytes")));
    };
    target.extend_from_slice(bytes.as_bytes());
    Ok(())
}

#[pymethods]
impl RawField {
    #[new]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(tag, indicators=None, subfields=None, data=None)")]
    fn new(
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Field::new(args, kwargs).map(Self::of)
    }

    /// Returns the bytes of the field in a record of ISO 2709, with the terminator. An encoding
    /// only adds a line to the log.
    #[pyo3(signature = (encoding=None))]
    fn as_marc<'py>(
        slf: &Bound<'py, Self>,
        encoding: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = slf.py();
        if let Some(encoding) = encoding {
            let complaint = "Attempt to force a RawField into encoding %s";
            py.import(intern!(py, "tidemarc.pymarc.field"))?
                .getattr(intern!(py, "logger"))?
                .call_method1(intern!(py, "warning"), (complaint, encoding))?;
        }
        let mut bytes = Vec::new();
        Self::write(slf.as_super().get(), py, &mut bytes)?;
        Ok(PyBytes::new(py, &bytes))
    }
}
