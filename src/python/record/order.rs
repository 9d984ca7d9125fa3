//! Insertion of fields in the order of their tags.

use super::Record;
use crate::python::{gil::nesting::attribute, objects::elements};
use pyo3::{
    intern,
    prelude::*,
    types::{PyInt, PyTuple},
};

/// Returns the first `digits` digits of a tag as a number; `None` if it is not a number.
fn number_of<'py>(field: &Bound<'py, PyAny>, digits: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = field.py();
    let tag = attribute(field, intern!(py, "tag"))?;
    if !tag.call_method0(intern!(py, "isdigit"))?.is_truthy()? {
        return Ok(None);
    }
    let tag = if digits == 1 { tag.get_item(0)? } else { tag };
    py.get_type::<PyInt>().call1((tag,)).map(|number| Some(number.into_any()))
}

impl Record {
    /// Inserts each field before the first field whose tag, to this number of digits, is greater or
    /// is not a number. A field whose tag is not a number goes to the end.
    pub(super) fn add_sorted(&self, fields: &Bound<'_, PyTuple>, digits: usize) -> PyResult<()> {
        let py = fields.py();
        let list = self.list(py)?;
        for field in fields {
            let mut place = None;
            if let Some(tag) = number_of(&field, digits)? {
                for (at, other) in elements(&list)?.iter().enumerate() {
                    let is_greater = match number_of(other, digits)? {
                        Some(other) => other.gt(&tag)?,
                        None => true,
                    };
                    if is_greater {
                        place = Some(at);
                        break;
                    }
                }
            }
            match place {
                Some(at) => list.call_method1(intern!(py, "insert"), (at, field))?,
                None => list.call_method1(intern!(py, "append"), (field,))?,
            };
        }
        Ok(())
    }
}
