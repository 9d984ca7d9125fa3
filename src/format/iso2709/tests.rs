use super::*;
use crate::record::{Leader, OwnedField, RecordRef};
use proptest::{collection::vec, prelude::*};

/// A note whose field is this long, terminator included.
fn note(length: usize) -> OwnedField {
    OwnedField::data("500", *b"  ", [(b'a', vec![b'x'; length - 5])]).unwrap()
}

/// A record that is this long.
fn record_of(length: usize) -> Record {
    let mut record = Record::new();
    let mut rest = length - 26;
    while rest > 0 {
        let field = rest.min(9_000);
        record.push_field(note(field - 12));
        rest -= field;
    }
    record
}

fn refused(record: &Record) -> WriteError {
    let mut output = b"before".to_vec();
    let error = write_record(record, &mut output).unwrap_err();
    assert_eq!(output, b"before");
    error
}

#[test]
fn a_field_of_9_999_bytes_is_written_and_one_of_10_000_refused() {
    let mut record = record_of(100);
    record.push_field(note(9_999));
    let bytes = record.to_iso2709().unwrap();
    assert_eq!(Record::from(RecordRef::parse(&bytes).unwrap()), record);

    record.fields_mut()[1] = note(10_000);
    let error = refused(&record);
    assert!(matches!(error.kind(), WriteErrorKind::FieldLength(10_000)));
    assert_eq!(error.tag(), Some(Tag::new(*b"500")));
    assert_eq!(
        error.to_string(),
        "field 500: with 10,000 bytes it is longer than the 9,999 that a directory entry can state"
    );
}

#[test]
fn a_record_of_99_999_bytes_is_written_and_one_of_100_000_refused() {
    let record = record_of(99_999);
    let bytes = record.to_iso2709().unwrap();
    assert_eq!(bytes.len(), 99_999);
    assert_eq!(Record::from(RecordRef::parse(&bytes).unwrap()), record);

    let error = refused(&record_of(100_000));
    assert!(matches!(error.kind(), WriteErrorKind::RecordLength(100_000)));
    assert_eq!(error.tag(), None);
}

#[test]
fn a_starting_position_beyond_the_five_digits_is_refused_with_its_record() {
    let mut record = record_of(99_999);
    record.push_field(note(9_000));
    record.push_field(note(9_000));
    assert!(matches!(refused(&record).kind(), WriteErrorKind::RecordLength(_)));
}

#[test]
fn a_leader_that_would_not_be_read_again_is_refused() {
    for (at, byte) in [(5, 0x1D), (9, 0x1E), (17, 0x7F), (19, 0x00)] {
        let mut record = record_of(100);
        record.leader_mut()[at] = byte;
        assert!(matches!(refused(&record).kind(), WriteErrorKind::Leader), "position {at}");
    }
}

#[test]
fn the_gaps_of_a_leader_are_filled() {
    for leader in [[b' '; 24], [b'0'; 24], *b"99999    a4499999   5599"] {
        let record = Record::builder().leader(leader).control("001", "x").build().unwrap();
        let bytes = record.to_iso2709().unwrap();
        let found = RecordRef::parse(&bytes).unwrap();
        let mut expected = *b"00044    a2200037   4500";
        expected[5..10].copy_from_slice(&leader[5..10]);
        expected[17..20].copy_from_slice(&leader[17..20]);
        assert_eq!(found.leader().as_bytes()[5..], expected[5..]);
    }
}

#[test]
fn a_record_without_fields_has_26_bytes() {
    let bytes = Record::new().to_iso2709().unwrap();
    assert_eq!(bytes, b"00026nam a2200025   4500\x1e\x1d");
    assert_eq!(Record::from(RecordRef::parse(&bytes).unwrap()), Record::new());
}

#[test]
fn only_what_describes_the_record_is_computed_in_the_leader() {
    let record = Record::builder().leader(*b"xxxxxcem#i3 xxxxx4#i45!~").build().unwrap();
    assert_eq!(record.to_iso2709().unwrap(), b"00026cem#i22000254#i4500\x1e\x1d");
}

fn separator_free(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_map(|byte| if (0x1D..=0x1F).contains(&byte) { 0 } else { byte });
    vec(byte, 0..length)
}

fn any_tag() -> impl Strategy<Value = Tag> {
    "00[0-9]|[0-9a-zA-Z]{3}".prop_map(|text| text.as_str().try_into().unwrap())
}

fn any_field() -> impl Strategy<Value = OwnedField> {
    let code = || prop::sample::select(&b"abz09 =\xC3\x00"[..]);
    let subfields = vec((code(), separator_free(40)), 0..6);
    (any_tag(), separator_free(40), [code(), code()], subfields).prop_map(
        |(tag, data, indicators, subfields)| {
            if tag.is_control() {
                OwnedField::control(tag, data).unwrap()
            } else {
                OwnedField::data(tag, indicators, subfields).unwrap()
            }
        },
    )
}

fn any_leader() -> impl Strategy<Value = [u8; 24]> {
    let printable = "[ -~]{24}".prop_map(|text| text.into_bytes().try_into().unwrap());
    (printable, any::<bool>()).prop_map(|(mut leader, is_unimarc): ([u8; 24], _)| {
        leader[10..12].copy_from_slice(b"22");
        leader[20..].copy_from_slice(if is_unimarc { b"450 " } else { b"4500" });
        leader
    })
}

/// Lays out a record in the plainest words, whatever its fields' bytes are.
fn naive(leader: &[u8; 24], fields: &[(Tag, Vec<u8>)]) -> Vec<u8> {
    let (mut directory, mut data) = (String::new(), Vec::new());
    for (tag, bytes) in fields {
        directory += &format!("{tag}{:04}{:05}", bytes.len() + 1, data.len());
        data.extend(bytes);
        data.push(0x1E);
    }
    let base = 24 + directory.len() + 1;
    let mut record = format!("{:05}", base + data.len() + 1).into_bytes();
    record.extend(&leader[5..12]);
    record.extend(format!("{base:05}").bytes());
    record.extend(&leader[17..]);
    record.extend(directory.bytes());
    record.push(0x1E);
    record.extend(data);
    record.push(0x1D);
    record
}

proptest! {
    #[test]
    fn a_record_that_was_built_is_read_as_it_was_built(
        leader in any_leader(),
        fields in vec(any_field(), 0..20),
    ) {
        let builder = Record::builder().leader(leader);
        let record = fields.iter().cloned().fold(builder, |builder, field| builder.field(field));
        let record = record.build().unwrap();
        let bytes = record.to_iso2709().unwrap();
        let view = RecordRef::parse(&bytes).unwrap();
        prop_assert_eq!(view.leader().record_length(), Some(bytes.len()));
        prop_assert_eq!(&bytes[5..12], &leader[5..12]);
        prop_assert_eq!(&bytes[17..24], &leader[17..24]);
        prop_assert_eq!(Record::from(view), record);
    }

    /// Fields of any bytes: without indicators, with text before the first subfield, with
    /// delimiters that nothing follows and terminators in the middle.
    #[test]
    fn a_record_that_was_read_is_written_byte_for_byte(
        leader in any_leader(),
        fields in vec((any_tag(), vec(prop_oneof![0x1Cu8..0x21, any::<u8>()], 0..30)), 0..20),
    ) {
        let bytes = naive(&leader, &fields);
        let record = Record::from(RecordRef::parse(&bytes).unwrap());
        prop_assert_eq!(record.leader(), Leader::new(bytes.first_chunk().unwrap()));
        prop_assert_eq!(record.to_iso2709().unwrap(), bytes);
    }
}
