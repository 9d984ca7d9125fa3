//! The fields of one record.

use super::{
    frame::{Field, Found},
    leader::{decimal, entry_of, leader_bytes_are_fine, stated_length},
};

/// The fields of one record that fills `record`, or the first thing wrong with it.
pub fn parse(record: &[u8]) -> Result<Vec<Field>, Found> {
    let whole = |name| Err((name, None));
    if record.len() < 24 {
        return whole("truncation");
    }
    let Some(length) = stated_length(record) else { return whole("record_length") };
    if !leader_bytes_are_fine(record) {
        return whole("leader");
    }
    let base = match decimal(&record[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 && base < length => base,
        _ => return whole("base_address"),
    };
    if record.get(base - 1) != Some(&0x1E) {
        return whole("base_address");
    }
    if length != record.len() {
        return whole(if length > record.len() { "truncation" } else { "record_length" });
    }
    if record[length - 1] != 0x1D {
        return whole("record_terminator");
    }
    if record[length - 2] != 0x1E {
        return whole("field_terminator");
    }
    let mut fields = Vec::new();
    let mut furthest = base;
    for (entry, ordinal) in record[24..base - 1].chunks(12).zip(1..) {
        let Some((field_length, start)) = entry_of(entry) else {
            return Err(("directory", Some(ordinal)));
        };
        let end = base + start + field_length;
        if end > length - 1 {
            return Err(("directory", Some(ordinal)));
        }
        if field_length == 0 || record[end - 1] != 0x1E {
            return Err(("field_terminator", Some(ordinal)));
        }
        let data = record[base + start..end - 1].to_vec();
        fields.push(Field { tag: [entry[0], entry[1], entry[2]], data });
        furthest = furthest.max(end);
    }
    if furthest == length - 1 { Ok(fields) } else { whole("directory") }
}
