//! Tags that are not three letters or digits: the record is sound, and keeps them in every format.

use crate::common::{
    build,
    formats::{TEXT, records, write},
};
use tidemarc::{ErrorKind, Reader, Record, RecordRef, Severity, Tag, format::Format};

/// Tags with every character that some format gives a meaning to.
const ODD: [&str; 12] =
    [".33", "24 ", " 24", "   ", "2-5", "<&>", "\"'=", "{x}", "\\$#", "$0a", "=LD", "(a)"];

fn with_tag(tag: &str) -> Vec<u8> {
    build::record(&[("001", b"id1"), (tag, b"10\x1FaTitle"), ("500", b"  \x1FaNote")])
}

#[test]
fn a_sound_record_is_delivered_whole_with_a_fault_that_names_the_tag() {
    for tag in ODD {
        let bytes = with_tag(tag);
        for repair in [false, true] {
            let mut reader = Reader::builder().repair(repair).from_bytes(bytes.clone());
            let record = reader.next().unwrap().unwrap();
            assert_eq!((record.as_bytes(), record.is_repaired()), (&bytes[..], false));
            assert_eq!(record.view().field_count(), 3);
            let [fault] = &record.faults()[..] else { panic!("{:?}", record.faults()) };
            assert_eq!((fault.kind(), fault.severity()), (ErrorKind::Tag, Severity::Information));
            assert_eq!(
                fault.tag().map(|tag| *tag.as_bytes()),
                Some(tag.as_bytes().try_into().unwrap())
            );
            let quoted = format!("the tag \"{}\" is not", tag.escape_debug());
            assert!(fault.reason().starts_with(&quoted), "{}", fault.reason());
            assert_eq!(fault.location(), 36..39);
        }
    }
}

#[test]
fn every_format_holds_it() {
    for tag in ODD {
        let record = Record::from(RecordRef::parse(&with_tag(tag)).unwrap());
        for format in TEXT {
            let (text, notes) = write(std::slice::from_ref(&record), format);
            assert!(notes.iter().all(|note| !note.is_loss()), "{notes:?}");
            let read = records(&text, format);
            assert_eq!(read[0].fields(), record.fields(), "{format}");
            let reader = Reader::builder().format(format).from_bytes(text);
            let record = reader.map(Result::unwrap).next().unwrap();
            let kinds: Vec<_> = record.faults().iter().map(|fault| fault.kind()).collect();
            assert_eq!(kinds, [ErrorKind::Tag], "{format}");
        }
        assert_eq!(write(&[record], Format::Iso2709).0, with_tag(tag));
    }
}

#[test]
fn other_damage_is_repaired_beside_it() {
    for (damaged, kind) in [
        (build::misstated(with_tag("24 "), 7), ErrorKind::RecordLength),
        (build::put(with_tag("24 "), 12, b"00000"), ErrorKind::BaseAddress),
        (build::put(with_tag("24 "), 8, b"\x01"), ErrorKind::Leader),
        (build::cut(with_tag("24 "), 1), ErrorKind::RecordTerminator),
    ] {
        let record = Reader::builder().repair(true).from_bytes(damaged).next().unwrap().unwrap();
        let tags: Vec<_> = record.view().fields().map(|field| field.tag().to_string()).collect();
        assert_eq!(tags, ["001", "24 ", "500"]);
        let kinds: Vec<_> = record.faults().iter().map(|fault| fault.kind()).collect();
        assert_eq!(kinds, [kind, ErrorKind::Tag]);
    }
}

#[test]
fn a_new_field_cannot_have_one() {
    for tag in ODD {
        assert!(Tag::try_from(tag).is_err(), "{tag}");
        assert!(Record::builder().control(tag, "x").build().is_err(), "{tag}");
    }
}
