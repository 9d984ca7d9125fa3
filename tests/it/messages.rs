//! The text of the small types: messages, comparisons, and their printed form.

use crate::common::build;
use std::{error::Error as _, io};
use tidemarc::{
    OwnedField, Record, RecordRef, Tag, WriteError,
    format::{WriteErrorKind, iso2709::write_record},
    framing::{Frame, FrameKind, Framer, Step},
    record::{ErrorKind, Fault, FieldErrorKind, InvalidTag, Severity},
};

#[test]
fn the_greatest_numbers_that_can_be_asked_for_do_not_overflow() {
    let mut framer = Framer::new().at_offset(u64::MAX);
    assert_eq!(framer.offset(), i64::MAX as u64);
    assert_eq!(framer.next(b"x", true), fault(ErrorKind::RecordLength, 1));
    assert_eq!(framer.offset(), i64::MAX as u64 + 1);
    // With a `usize` of 32 bits there is no such position.
    let last = Fault::in_entry(ErrorKind::Directory, u32::MAX);
    assert_eq!((last.location(b"raw"), last.tag(b"raw")), (3..3, None));
    let mut reader = tidemarc::Reader::builder().start(u64::MAX).from_reader(io::empty());
    assert!(reader.next().is_none());
    assert_eq!(reader.stats().position(), i64::MAX as u64);
}

const fn fault(kind: ErrorKind, length: usize) -> Step {
    Step::Frame(Frame { kind: FrameKind::Fault(Fault::new(kind)), length })
}

#[test]
fn a_field_that_cannot_be_says_why() {
    let value = |byte: u8| OwnedField::control("001", [byte]).unwrap_err();
    for (error, message) in [
        (
            OwnedField::control("1", "x").unwrap_err(),
            "a tag is three ASCII letters or digits".to_owned(),
        ),
        (
            OwnedField::control("245", "x").unwrap_err(),
            "field 245: control fields have the tags 000 to 009".to_owned(),
        ),
        (
            OwnedField::data("001", *b"  ", [(b'a', "x")]).unwrap_err(),
            "field 001: a control field (tags 000 to 009) has data, and no indicators or subfields"
                .to_owned(),
        ),
        (
            value(0x1D),
            "field 001: a record terminator (0x1D) cannot stand inside a value".to_owned(),
        ),
        (
            value(0x1E),
            "field 001: a field terminator (0x1E) cannot stand inside a value".to_owned(),
        ),
        (
            value(0x1F),
            "field 001: a subfield delimiter (0x1F) cannot stand inside a value".to_owned(),
        ),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.tag().is_none(), error.kind() == FieldErrorKind::InvalidTag);
    }
}

#[test]
fn a_tag_is_made_of_and_compared_with_text() {
    let tag = Tag::try_from("245").unwrap();
    assert_eq!(tag, Tag::from(*b"245"));
    assert_eq!(tag, Tag::from(b"245"));
    assert!(tag == "245" && tag == *"245" && tag != "246");
    assert_eq!((tag.as_str(), Tag::new(*b"\xFF45").as_str()), (Some("245"), None));
    assert_eq!(format!("{tag} {tag:?}"), "245 Tag(245)");
    assert_eq!(InvalidTag.to_string(), "a tag is three ASCII letters or digits");
}

#[test]
fn a_record_prints_its_leader_and_fields() {
    let record = Record::builder().control("001", "a1").build().unwrap();
    let text = format!("{record:?}");
    assert!(text.contains("00000nam a2200000   4500") && text.contains("001 a1"), "{text}");
}

#[test]
fn fields_of_a_tag_are_found_changed_and_taken_out() {
    let note = |text: &str| OwnedField::data("500", *b"  ", [(b'a', text)]).unwrap();
    let mut record = Record::default();
    record.fields_mut().extend([note("one"), note("two")]);
    let tag = Tag::new(*b"500");
    record.field_mut(tag).unwrap().set_subfield(b'a', "three").unwrap();
    let bytes = record.to_iso2709().unwrap();
    let view = RecordRef::parse(&bytes).unwrap();
    assert_eq!(view, RecordRef::parse(&bytes.clone()).unwrap());
    assert_eq!(view.fields_with(tag).count(), 2);
    assert_eq!(view.data_field(tag).unwrap().indicators().first, b' ');
    assert!(view.control_field(tag).is_none() && view.field(tag).unwrap().control().is_none());
    assert_eq!(view.leader().entry_map(), *b"4500");
    assert_eq!(record.remove_fields(tag), [note("three"), note("two")]);
    assert_eq!(record, Record::new());
    assert!(record.field_mut(tag).is_none());
}

#[test]
fn what_is_not_written_says_how_long_it_is() {
    let mut output = Vec::new();
    let long = |length: usize| OwnedField::data("500", *b"  ", [(b'a', vec![b'x'; length])]);
    let mut record = Record::new();
    record.fields_mut().push(long(9_996).unwrap());
    let error = write_record(&record, &mut output).unwrap_err();
    let message = "field 500: with 10,001 bytes it is longer than the 9,999 that a directory entry \
        can state";
    assert_eq!(error.to_string(), message);
    assert!(matches!(error.kind(), WriteErrorKind::FieldLength(10_001)), "{error:?}");
    assert_eq!(error.tag(), Some(Tag::new(*b"500")));
    assert!(error.source().is_none());

    let mut record = Record::new();
    record.fields_mut().extend((0..11).map(|_| long(9_994).unwrap()));
    let error = write_record(&record, &mut output).unwrap_err();
    assert!(error.to_string().contains("longer than the 99,999 that its leader"), "{error}");

    let mut record = Record::new();
    record.leader_mut()[9] = 0x1E;
    let error = write_record(&record, &mut output).unwrap_err();
    assert_eq!(error.to_string(), "leader/05-09 or 17-19 is not printable ASCII");
    assert!(output.is_empty());

    let full = WriteError::from(io::Error::other("the disk is gone"));
    assert_eq!(full.to_string(), "the disk is gone");
    // Its message is that of the output's error, whose causes it has.
    assert!(full.source().is_none());
}

#[test]
fn severities_print_as_words() {
    let words = [Severity::Information, Severity::LostField, Severity::Fatal];
    assert_eq!(words.map(|one| one.to_string()), ["information", "field lost", "fatal"]);
    assert_eq!(words.map(Severity::name), ["information", "lost_field", "fatal"]);
}

#[test]
fn a_fault_points_at_the_bytes_that_it_speaks_of() {
    let bytes = build::simple("one");
    for (kind, place) in [
        (ErrorKind::RecordLength, 0..5),
        (ErrorKind::LeaderCounts, 10..12),
        (ErrorKind::BaseAddress, 12..17),
        (ErrorKind::EntryMap, 20..24),
        (ErrorKind::Truncation, bytes.len() - 1..bytes.len()),
    ] {
        assert_eq!(Fault::new(kind).location(&bytes), place, "{kind:?}");
    }
}

#[test]
fn a_terminator_that_is_missing_is_pointed_at_where_it_should_be() {
    let sound = build::simple("one");
    let base: usize = std::str::from_utf8(&sound[12..17]).unwrap().parse().unwrap();
    let first_end = base + sound[base..].iter().position(|&byte| byte == 0x1E).unwrap();
    let location = |bytes: &[u8]| RecordRef::parse(bytes).unwrap_err().location(bytes);

    let mut overwritten = sound.clone();
    overwritten[first_end] = b'x';
    assert_eq!(location(&overwritten), first_end..first_end + 1);
    let last_end = sound.len() - 2;
    let mut overwritten = sound.clone();
    overwritten[last_end] = b'x';
    assert_eq!(location(&overwritten), last_end..last_end + 1);

    // An entry that leads to the middle of a field is itself wrong.
    let mut shifted = sound.clone();
    shifted[24 + 12 + 11] -= 1;
    assert_eq!(location(&shifted), 36..48);
    let fault = RecordRef::parse(&shifted).unwrap_err();
    for cut in 0..shifted.len() {
        assert!(fault.location(&shifted[..cut]).end <= cut, "{cut}");
    }
}

#[test]
fn every_fault_has_a_message() {
    for kind in [ErrorKind::Descriptor, ErrorKind::Encoding, ErrorKind::Io, ErrorKind::Panic] {
        let message = Fault::new(kind).to_string();
        assert!(message.len() > 10 && !message.ends_with('.'), "{kind:?}: {message}");
    }
}

#[test]
fn a_framer_made_by_default_is_a_new_one() {
    let bytes = build::simple("one");
    let step = |mut framer: Framer| format!("{:?}", framer.next(&bytes, true));
    assert_eq!(step(Framer::default()), step(Framer::new()));
}
