//! Indicators and subfield codes that a format, or MARC itself, cannot hold.

use crate::common::{
    build,
    formats::{Given, TEXT, read, write},
};
use tidemarc::{
    ErrorKind, Reader, Record, RecordRef, Writer,
    format::{Controls, Format, Note, NoteKind, WriteErrorKind, WriteOptions},
};

/// Makes a record with one field 245 of these bytes.
fn record(bytes: &[u8]) -> Record {
    let bytes = build::record(&[("245", bytes)]);
    Record::from(RecordRef::parse(&bytes).unwrap())
}

/// Returns the bytes of the only field, and the kinds of the notes.
fn only(given: &[Given]) -> (&[u8], Vec<NoteKind>) {
    let [Given::Record { record, notes, .. }] = given else { panic!("{given:?}") };
    (record.fields()[0].as_bytes(), notes.iter().map(|note| note.kind()).collect())
}

#[test]
fn control_characters_in_indicators_and_codes_are_written_so_that_they_can_be_read() {
    for (bytes, replaced) in [
        (&b"0\x01\x1Fat"[..], &b"0 \x1Fat"[..]),
        (b"\x020\x1Fat", b" 0\x1Fat"),
        (b"00\x1F\x02t", "00\x1F\u{FFFD}t".as_bytes()),
        (b"00\x1F\x02\x1Fbt", "00\x1F\u{FFFD}\x1Fbt".as_bytes()),
    ] {
        let error = Writer::new(Vec::new(), Format::Marcxml).write(&record(bytes)).unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::ControlCharacter(_)), "{error}");
        for controls in [Controls::Skip, Controls::Replace] {
            let options = WriteOptions::new().controls(controls);
            let mut writer = Writer::with_options(Vec::new(), Format::Marcxml, options);
            let notes = writer.write(&record(bytes)).unwrap().iter();
            let losses: Vec<_> =
                notes.filter(|note| note.is_loss()).map(|note| note.kind()).collect();
            assert_eq!(losses, [NoteKind::ControlCharacter]);
            let written = writer.finish().unwrap();
            assert_eq!(only(&read(&written, Format::Marcxml)).0, replaced);
        }
        // The other formats hold them.
        for format in [Format::Json, Format::JsonLines, Format::Marcmaker, Format::Line] {
            let (text, _) = write(&[record(bytes)], format);
            assert_eq!(only(&read(&text, format)).0, bytes, "{format}");
        }
    }
    // A separator cannot be a code in any format.
    for format in TEXT {
        for controls in [Controls::Skip, Controls::Replace] {
            let options = WriteOptions::new().controls(controls);
            let mut writer = Writer::with_options(Vec::new(), format, options);
            writer.write(&record(b"00\x1F\x1Et")).unwrap();
            let written = writer.finish().unwrap();
            let expected = "00\x1F\u{FFFD}t".as_bytes();
            assert_eq!(only(&read(&written, format)).0, expected, "{format}");
        }
    }
}

#[test]
fn an_indicator_of_several_bytes_costs_itself_alone() {
    for (bytes, expected) in [
        ("é0\x1Fat", " 0\x1Fat"),
        ("1é\x1Fat", "1 \x1Fat"),
        ("é\u{A0}\x1Fat", "  \x1Fat"),
        ("é0x\x1Fat", " 0\x1Fat"),
    ] {
        for format in TEXT {
            let (text, notes) = write(&[record(bytes.as_bytes())], format);
            let shape = |note: &&Note| note.kind() == NoteKind::FieldShape;
            assert_eq!(notes.iter().filter(shape).count(), 1, "{format}: {notes:?}");
            assert_eq!(only(&read(&text, format)).0, expected.as_bytes(), "{format}");
        }
    }
}

#[test]
fn an_indicator_of_several_bytes_has_its_fault_in_iso_2709_too() {
    use ErrorKind::{Indicator, StrayText};
    for (head, kinds, second) in [
        ("é0", &[Indicator][..], b'0'),
        ("1é", &[Indicator], 0xC3),
        ("é\u{A0}", &[Indicator], 0xC2),
        ("é0x", &[Indicator, StrayText], b'0'),
        ("漢", &[Indicator], b' '),
        ("10é", &[StrayText], b'0'),
        ("10", &[], b'0'),
    ] {
        let bytes = build::record(&[("245", format!("{head}\u{1F}at").as_bytes())]);
        let record = Reader::from_bytes(bytes).next().unwrap().unwrap();
        let found: Vec<_> = record.faults().iter().map(|fault| fault.kind()).collect();
        assert_eq!(found, kinds, "{head}");
        let field = record.view().data_field("245".try_into().unwrap()).unwrap();
        assert_eq!(field.indicators().second, second, "{head}");
        assert_eq!(field.subfield(b'a'), Some(&b"t"[..]));
    }
    // A byte of another encoding.
    let record = Reader::from_bytes(build::record(&[("245", b"\xE90\x1Fat")])).next().unwrap();
    let faults = record.unwrap().faults();
    assert_eq!(faults[0].reason(), "the indicator 0xE9 is not one ASCII character");
}

/// Returns a record with these indicators in each text format.
fn with_indicators(first: &str, second: &str) -> [(Format, String); 4] {
    let leader = "00000nam a2200000   4500";
    [
        (
            Format::Marcxml,
            format!(
                "<record><leader>{leader}</leader><datafield tag='245' ind1='{first}' \
                 ind2='{second}'><subfield code='a'>t</subfield></datafield></record>"
            ),
        ),
        (
            Format::Json,
            format!(
                "{{\"leader\":\"{leader}\",\"fields\":[{{\"245\":{{\"ind1\":\"{first}\",\
                 \"ind2\":\"{second}\",\"subfields\":[{{\"a\":\"t\"}}]}}}}]}}"
            ),
        ),
        (Format::Marcmaker, format!("=LDR  {leader}\n=245  {first}{second}$at\n\n")),
        (Format::Line, format!("{leader}\n245 {first}{second} $a t\n\n")),
    ]
}

#[test]
fn an_indicator_that_is_not_ascii_is_read_as_a_blank_with_a_note() {
    for (first, second, expected) in
        [("é", "0", b" 0\x1Fat"), ("1", "\u{A0}", b"1 \x1Fat"), ("\u{FFFD}", "漢", b"  \x1Fat")]
    {
        for (format, text) in with_indicators(first, second) {
            let given = read(text.as_bytes(), format);
            let (field, notes) = only(&given);
            assert_eq!(field, expected, "{format} {first} {second}");
            let count = [first, second].iter().filter(|one| !one.is_ascii()).count();
            assert_eq!(notes, vec![NoteKind::IndicatorReplaced; count], "{format}");
        }
    }
    // Two characters are no indicator in any format.
    for (format, text) in with_indicators("10", "0") {
        let given = read(text.as_bytes(), format);
        match format {
            // The line format has other fields that look so.
            Format::Line => assert_eq!(only(&given).0, b"100 $a t"),
            _ => assert!(matches!(given[..], [Given::Fault { .. }]), "{format}"),
        }
    }
}

#[test]
fn the_marks_that_marcedit_displays_are_no_indicators() {
    for head in ["10\u{200E}", "\u{200F}10", "1\u{200E}0\u{200F}", "\u{200E}1\\"] {
        let text = format!("=LDR  00000nam a2200000   4500\n=245  {head}$at\n\n");
        let given = read(text.as_bytes(), Format::Marcmaker);
        let (field, notes) = only(&given);
        let expected = if head.ends_with('\\') { b"1 \x1Fat" } else { b"10\x1Fat" };
        assert_eq!(field, expected);
        assert_eq!(notes, [NoteKind::DirectionMark]);
    }
    // Leader/09 of a record that is otherwise ASCII remains.
    let text = "=LDR  00000nam  2200000   4500\n=245  10\u{200E}$at\n\n";
    let given = read(text.as_bytes(), Format::Marcmaker);
    let Given::Record { record, .. } = &given[0] else { panic!() };
    assert_eq!(record.leader().coding_scheme(), b' ');
    // In a value they are text.
    let text = "=LDR  00000nam a2200000   4500\n=245  10$a\u{200E}t\n\n";
    let given = read(text.as_bytes(), Format::Marcmaker);
    assert_eq!(only(&given), ("10\x1Fa\u{200E}t".as_bytes(), vec![]));
}
