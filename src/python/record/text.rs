//! A record in words.

use super::{FieldObjects, Record};
use crate::{
    error::{beginning, shown as printable},
    python::{objects::elements, text::Pieces},
};
use pyo3::{prelude::*, types::PyString};

impl Record {
    /// Returns the record in MARCMaker: the leader, and one line for each field.
    pub(super) fn lines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let mut text = Pieces::new(py, String::from("=LDR  "));
        text.push(&self.leader_text(py))?;
        text.push_str("\n");
        if let (FieldObjects::Untouched, Some(origin)) = (self.fields.get(py), &self.origin) {
            for span in origin.spans() {
                text.push(origin.field(py, *span).line(py)?.as_any())?;
                text.push_str("\n");
            }
            return text.finish();
        }
        for field in elements(&self.list(py)?)? {
            text.push(&field)?;
            text.push_str("\n");
        }
        text.finish()
    }
}

/// Returns the `repr` of a record: its class, its number, and the control number that was read.
pub(super) fn shown(record: &Bound<'_, Record>) -> PyResult<String> {
    let origin = record.get().origin.as_ref();
    let number = origin.map_or_else(String::new, |origin| format!(" {}", origin.number()));
    let control_number = origin
        .and_then(|origin| origin.view().control_number())
        .map_or_else(String::new, |id| format!(" (001 {})", beginning(&printable(id))));
    Ok(format!("<tidemarc.{}{number}{control_number}>", record.get_type().name()?))
}
