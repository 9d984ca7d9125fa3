//! The columns of facts about records.

use super::{
    buffers::Buffers,
    options::Metadata,
    plan::Program,
    project::{Faulty, Part},
    row::Row,
};
use crate::{
    error::Error,
    format::{Document, Format, WriteOptions},
    parse::Batch,
    record::{UnusualFault, unusual_faults},
};
use std::{string::ToString, vec::Vec};

impl Program {
    /// Fills the cell of a fact, as far as the projection knows it.
    pub(super) fn fill_fact(&self, row: &Row<'_>, fact: Metadata, column: usize, part: &mut Part) {
        let Row { batch, text, entry: at, .. } = row;
        let entry = &batch.entries()[*at];
        let distance = |offset| batch.index.distance(offset);
        let buffers = &mut part.columns[column].buffers;
        match fact {
            // The number of the first record of the batch is added on delivery.
            Metadata::RecordNo | Metadata::OverallNo => buffers.push_int(i64::from(entry.ordinal)),
            Metadata::OffsetBytes => {
                buffers.push_int((batch.raw.offset() + distance(entry.start)) as i64);
            }
            Metadata::Length => {
                let length = distance(entry.start + entry.length) - distance(entry.start);
                buffers.push_int(length as i64);
            }
            Metadata::Encoding => buffers.push_bytes(text.encoding().name().as_bytes()),
            Metadata::Raw => {
                buffers.push_bytes(&batch.raw.unit.restore(batch.bytes_of(entry)));
            }
            Metadata::Json => self.fill_json(row, column, part),
            Metadata::Faults => {
                if has_faults(row) {
                    part.faulty.push(Faulty { row: part.rows, entry: *at });
                }
            }
            Metadata::File => {}
            Metadata::ControlNumber | Metadata::Leader => {
                unreachable!("these are columns of selectors")
            }
        }
    }

    fn fill_json(&self, row: &Row<'_>, column: usize, part: &mut Part) {
        let mut document = Document::continued(Format::JsonLines, WriteOptions::new());
        let buffers = &mut part.columns[column].buffers;
        let Some(bytes) = buffers.bytes_mut() else { return };
        match document.record(&row.record, Some(row.text), bytes, &mut Vec::new()) {
            Ok(_) => {
                bytes.pop_if(|byte| *byte == b'\n');
                buffers.close();
            }
            Err(_) => {
                buffers.push_null();
                let mut fields = row.record.fields().enumerate();
                let undecodable =
                    fields.find_map(|(at, field)| Some((at, row.text_of(field).err()?)));
                if let Some((field, error)) = undecodable {
                    part.note_undecodable(row, field, error);
                }
            }
        }
    }
}

/// Returns true if a record has faults, or undecodable text.
fn has_faults(row: &Row<'_>) -> bool {
    let mut is_unusual = false;
    unusual_faults(row.record.view(), |_: UnusualFault| is_unusual = true);
    is_unusual || row.batch.is_noted(row.entry) || row.has_undecodable()
}

/// Appends the faults of a record as a list of structs.
pub(super) fn push_faults(batch: &Batch, entry: usize, buffers: &mut Buffers) {
    for error in batch.faults_of(entry).into_iter().chain(batch.undecodable(entry)) {
        push_fault(&error, buffers.items());
    }
    buffers.close();
}

fn push_fault(error: &Error, item: &mut Buffers) {
    let [code, severity, tag, message] = item.members() else { return };
    code.push_bytes(error.code().as_bytes());
    severity.push_bytes(error.severity().name().as_bytes());
    tag.push_text(error.tag().map(|tag| tag.to_string()).as_deref());
    message.push_bytes(error.reason().as_bytes());
    item.close();
}
