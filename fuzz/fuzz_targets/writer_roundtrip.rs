//! A record that is written and read again is the same record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidemarc::{OwnedField, Record, RecordRef, Tag};
use tidemarc_fuzz::{observe, oracle};

/// A leader, then fields parted by 0x1E: a tag, and data or indicators and subfields.
fn record_of(data: &[u8]) -> Record {
    let mut record = Record::new();
    let (leader, fields) = data.split_at(data.len().min(24));
    record.leader_mut()[..leader.len()].copy_from_slice(leader);
    for field in fields.split(|&byte| byte == 0x1E) {
        if let Some(field) = field_of(field) {
            record.push_field(field);
        }
    }
    record
}

fn field_of(field: &[u8]) -> Option<OwnedField> {
    let (tag, content) = field.split_first_chunk::<3>()?;
    let tag = Tag::try_from(std::str::from_utf8(tag).ok()?).ok()?;
    if tag.is_control() {
        return OwnedField::control(tag, content).ok();
    }
    let (indicators, content) = content.split_first_chunk::<2>()?;
    let subfields = content.split(|&byte| byte == 0x1F).filter_map(<[u8]>::split_first);
    OwnedField::data(tag, *indicators, subfields.map(|(code, value)| (*code, value))).ok()
}

/// Gives the record with a leader that states what is true of every record that is written: two
/// indicators, codes of two bytes, and entries of four and five digits. The last byte may be a blank.
fn stating_its_layout(record: &Record) -> Record {
    let mut record = record.clone();
    if &record.leader_mut()[20..24] != b"450 " {
        record.leader_mut()[20..24].copy_from_slice(b"4500");
    }
    record.leader_mut()[10..12].copy_from_slice(b"22");
    record
}

/// Writes, reads and compares; says whether the record could be written.
fn round_trip(record: &Record) -> Option<Vec<u8>> {
    let written = record.to_iso2709().ok()?;
    let view = RecordRef::parse(&written).expect("what was written can be read");
    let again = Record::from(view);
    assert_eq!(stating_its_layout(record), again);
    assert_eq!(again.to_iso2709().expect("what was read can be written"), written);
    let fields = oracle::parse(&written).expect("the oracle can read it too");
    assert_eq!(fields.len(), record.fields().len());
    let frames = observe::frame_whole(&written, 1 << 20);
    let kinds: Vec<_> = frames.iter().map(|frame| frame.kind).collect();
    assert_eq!(kinds, [oracle::Kind::Record]);
    Some(written)
}

fuzz_target!(|data: &[u8]| {
    round_trip(&record_of(data));
    // If the bytes are a record already, it comes back as it was, but for gaps and the order in
    // which its fields are stored.
    if let Ok(view) = RecordRef::parse(data) {
        let record = Record::from(view);
        if let Some(written) = round_trip(&record)
            && view.directory().map(|entry| entry.starting_position).eq(starts(view))
            && stating_its_layout(&record) == record
        {
            assert_eq!(written, data);
        }
    }
});

/// Where the fields would begin if they stood one after the other.
fn starts(view: RecordRef<'_>) -> impl Iterator<Item = u32> {
    view.directory().scan(0, |next, entry| {
        let start = *next;
        *next += entry.field_length;
        Some(start)
    })
}
