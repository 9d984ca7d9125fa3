//! A record in words.

use super::{Record, fields::AnyField};
use crate::{
    error::{beginning, shown as printable},
    python::{pymarc::replaced::plain_field, text::Pieces},
};
use pyo3::{prelude::*, types::PyString};

impl Record {
    /// Returns the record in MARCMaker: the leader, and one line for each field.
    pub(super) fn lines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let mut text = Pieces::new(py, String::with_capacity(2048));
        text.push_str("=LDR  ");
        text.push(&self.leader_text(py))?;
        text.push_str("\n");
        self.each_field(py, &mut |field| {
            match field {
                AnyField::Read(field) => field.push_line(py, &mut text)?,
                AnyField::Object(field) => match plain_field(field) {
                    Some(field) => field.get().push_line(py, &mut text)?,
                    None => text.push(field)?,
                },
            }
            text.push_str("\n");
            Ok(())
        })?;
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
