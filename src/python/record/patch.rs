//! Writing of a record of which some fields were handed out, by tidemarc's rules. The other fields
//! are copied, and no objects are made for them.

use super::{FieldObjects, Record, write::push_entry};
use crate::encoding::ErrorPolicy;
use crate::format::{Note, iso2709};
use crate::python::field::Form;
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH,
    RECORD_TERMINATOR,
};
use pyo3::prelude::*;

impl Record {
    /// Appends the record to `target`. Returns false, and appends nothing, for the cases of the
    /// slow path: the live list or the leader was handed out, or something cannot be written and
    /// needs an error message. Replaced text adds a note.
    ///
    /// # Errors
    /// An exception of Python code that it calls.
    pub(super) fn write_patched(
        &self,
        py: Python<'_>,
        policy: ErrorPolicy,
        target: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> PyResult<bool> {
        let (FieldObjects::Some(made), Some(origin), false) =
            (self.fields.get(py), &self.origin, self.leader.is_some(py))
        else {
            return Ok(false);
        };
        // The leader was not handed out, so the record remains in the encoding in which it was
        // read.
        let encoding = origin.reading.encoding();
        let form = Form::Iso2709 { encoding, is_relabelled: false, policy };
        let (view, spans) = (origin.view(), origin.spans());
        if view.leader().with_layout().1 {
            return Ok(false);
        }
        let record = view.as_bytes();
        let base = LEADER_LENGTH + spans.len() * DIRECTORY_ENTRY_LENGTH + 1;
        let mut data: Vec<u8> = Vec::with_capacity(record.len() + 256);
        let (start, noted) = (target.len(), notes.len());
        target.extend_from_slice(view.leader().as_bytes());
        let mut is_changed = false;
        for (at, (span, made)) in spans.iter().zip(made.iter()).enumerate() {
            let from = span.start as usize;
            let old = &record[from..from + span.length as usize];
            let (mut tag, begin) = (span.tag(), data.len());
            match made.get(py) {
                None => data.extend_from_slice(old),
                Some(field) => {
                    let field = field.get();
                    let written = field.write_checked(py, form, true, &mut data);
                    let tagged = written.and_then(|written| {
                        let own = field.tag_to_write(py)?;
                        notes.extend(written.notes(own, at));
                        Ok(own)
                    });
                    let own = match tagged {
                        Ok(own) => own,
                        Err(refused) => {
                            target.truncate(start);
                            notes.truncate(noted);
                            return refused.raised().map_or(Ok(false), Err);
                        }
                    };
                    is_changed |= own != tag || data[begin..] != *old;
                    tag = own;
                }
            }
            data.push(FIELD_TERMINATOR);
            let length = data.len() - begin;
            if length > MAX_FIELD_LENGTH || base + data.len() >= MAX_RECORD_LENGTH {
                target.truncate(start);
                notes.truncate(noted);
                return Ok(false);
            }
            push_entry(tag.as_bytes(), begin, target, &data)?;
        }
        if !is_changed {
            target.truncate(start);
            target.extend_from_slice(record);
            return Ok(true);
        }
        target.push(FIELD_TERMINATOR);
        target.append(&mut data);
        target.push(RECORD_TERMINATOR);
        let length = target.len() - start;
        let leader = &mut target[start..start + LEADER_LENGTH];
        leader[..5].copy_from_slice(&iso2709::digits::<5>(length));
        leader[12..17].copy_from_slice(&iso2709::digits::<5>(base));
        Ok(true)
    }
}
