//! Writing of a record of which some fields were handed out, by tidemarc's rules. The other fields
//! are copied, and no objects are made for them.

use super::{FieldObjects, Record};
use crate::{format::iso2709, python::field::Form};
use pyo3::prelude::*;

impl Record {
    /// Appends the record to `target`. Returns false, and appends nothing, for the cases of the
    /// slow path: the live list or the leader was handed out, or something cannot be written and
    /// needs an error message.
    ///
    /// # Errors
    /// An exception of Python code that it calls.
    pub(super) fn write_patched(&self, py: Python<'_>, target: &mut Vec<u8>) -> PyResult<bool> {
        let (FieldObjects::Some(made), Some(origin), false) =
            (self.fields.get(py), &self.origin, self.leader.is_some(py))
        else {
            return Ok(false);
        };
        // The leader was not handed out, so the record remains in the encoding in which it was
        // read.
        let encoding = origin.reading.encoding();
        let form = Form::Iso2709 { encoding, is_relabelled: false };
        let view = origin.view();
        let mut changed = Vec::new();
        let mut parts = Vec::with_capacity(made.len());
        for (field, made) in view.fields().zip(made.iter()) {
            let (mut tag, begin) = (field.tag(), changed.len());
            let made = made.get(py);
            if let Some(made) = &made {
                let written = made.get().write_checked(py, form, true, &mut changed);
                tag = match written.and_then(|_| made.get().tag_to_write(py)) {
                    Ok(tag) => tag,
                    Err(refused) => return refused.raised().map_or(Ok(false), Err),
                };
            }
            parts.push((tag, field.as_bytes(), made.map(|_| begin..changed.len())));
        }
        // `map` takes each field by value, and its bytes outlive it.
        let read = view.fields().map(|field| (field.tag(), field.as_bytes()));
        let fields = parts.iter().map(|(tag, read, new)| match new {
            Some(new) => (*tag, &changed[new.clone()]),
            None => (*tag, *read),
        });
        if fields.clone().eq(read) {
            target.extend_from_slice(view.as_bytes());
            return Ok(true);
        }
        Ok(iso2709::write_parts(view.leader().as_bytes(), fields, target).is_ok())
    }
}
