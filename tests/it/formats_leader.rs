//! Leaders in text formats: those of UNIMARC, those with gaps, and those that do not describe the
//! record.

use crate::common::formats::{Given, TEXT, read, records, write};
use tidemarc::{
    OwnedField, Reader, Record, Tag, Writer, convert,
    format::{Controls, Format, NoteKind},
};

/// Returns a record with this leader and title in each text format.
fn in_text(leader: &str, title: &str) -> [(Format, String); 4] {
    [
        (
            Format::Marcxml,
            format!(
                "<record><leader>{leader}</leader><datafield tag='245' ind1='1' ind2='0'>\
                 <subfield code='a'>{title}</subfield></datafield></record>"
            ),
        ),
        (
            Format::Json,
            format!(
                "{{\"leader\":\"{leader}\",\"fields\":[{{\"245\":{{\"ind1\":\"1\",\"ind2\":\"0\",\
                 \"subfields\":[{{\"a\":\"{title}\"}}]}}}}]}}"
            ),
        ),
        (Format::Marcmaker, format!("=LDR  {leader}\n=245  10$a{title}\n\n")),
        (Format::Line, format!("{leader}\n245 10 $a {title}\n\n")),
    ]
}

/// Converts a text to ISO 2709, and returns the bytes with the kinds of the notes.
fn converted(text: &str, format: Format) -> (Vec<u8>, Vec<NoteKind>) {
    let reader = Reader::builder().format(format).from_bytes(text.as_bytes().to_vec());
    let mut writer = Writer::new(Vec::new(), Format::Iso2709);
    let done = convert(reader, &mut writer).unwrap_or_else(|error| panic!("{format}: {error}"));
    let notes = done.notes().map(|(kind, _)| kind).collect();
    (writer.finish().unwrap(), notes)
}

#[test]
fn a_leader_with_gaps_can_be_written() {
    for (leader, expected) in [
        ("                        ", "     2200037   4500"),
        ("          22        4500", "     2200037   4500"),
        ("000000000000000000000000", "0000022000370004500"),
        ("pam a c ", "pam a2200037 c 4500"),
        ("     nam  22      a 4500", "nam  2200037 a 4500"),
        ("", "     2200037   4500"),
    ] {
        for (format, text) in in_text(leader, "Title") {
            // The line format knows records by their leaders.
            if format == Format::Line && leader.trim().len() < 14 {
                continue;
            }
            let (bytes, _) = converted(&text, format);
            let found = std::str::from_utf8(&bytes[5..24]).unwrap();
            assert_eq!(found, expected, "{format} {leader:?}");
            assert_eq!(records(&bytes, Format::Iso2709).len(), 1);
        }
    }
}

#[test]
fn a_leader_that_was_indented_keeps_the_blanks_that_belong_to_it() {
    for (format, text) in in_text("\n          nam  22      a 4500\n    ", "Title") {
        if matches!(format, Format::Marcxml) {
            let [record] = &records(text.as_bytes(), format)[..] else { panic!() };
            assert_eq!(record.leader().as_bytes(), b"     nam  22      a 4500");
        }
    }
}

#[test]
fn iso_2709_states_what_was_written_with_a_note() {
    for (stated, note) in [
        ("00000nam a2200000   4500", false),
        ("00000nam a2200000   450 ", false),
        ("00000nam a4400000   5500", true),
        ("00000nam a2200000   4522", true),
        ("00000nam a  00000   4500", true),
    ] {
        for (format, text) in in_text(stated, "Title") {
            let (bytes, notes) = converted(&text, format);
            let expected = if note { "4500" } else { &stated[20..] };
            assert_eq!((&bytes[10..12], &bytes[20..24]), (&b"22"[..], expected.as_bytes()));
            assert_eq!(notes.contains(&NoteKind::LeaderLayout), note, "{format} {stated}");
        }
    }
    // A changed record too; an unchanged one is written as it was read.
    let bytes = b"00050nam a4400037   4500001001200000\x1Econtrol-one\x1E\x1D".to_vec();
    let record = Reader::from_bytes(bytes.clone()).next().unwrap().unwrap();
    let mut writer = Writer::new(Vec::new(), Format::Iso2709);
    assert_eq!(writer.write(&record).unwrap(), []);
    let mut changed = record.to_owned();
    changed.push_field(OwnedField::data("245", *b"00", [(b'a', "t")]).unwrap());
    let kinds: Vec<_> = writer.write(&changed).unwrap().iter().map(|note| note.kind()).collect();
    assert_eq!(kinds, [NoteKind::LeaderLayout]);
    let written = writer.finish().unwrap();
    assert!(written.starts_with(&bytes));
    assert_eq!(&written[bytes.len()..][10..12], b"22");
}

#[test]
fn a_character_beyond_ascii_costs_the_leader_one_position() {
    for bad in ["\u{FFFD}", "é", "漢"] {
        let leader = format!("00000nam a2200000 {bad} 4500");
        for (format, text) in in_text(&leader, "Title") {
            let given = read(text.as_bytes(), format);
            let [Given::Record { record, notes, .. }] = &given[..] else { panic!("{given:?}") };
            assert_eq!(record.leader().as_bytes(), b"00000nam a2200000   4500", "{format}");
            assert!(notes[0].is_loss());
            assert_eq!(notes[0].kind(), NoteKind::LeaderByte);
        }
    }
    let text = "=LDR  00000nam a2200000 \u{FFFD}{1F}4500\n=001  x\n\n";
    let reader = Reader::builder().format(Format::Marcmaker);
    assert!(reader.from_bytes(text.as_bytes().to_vec()).next().unwrap().is_err());
    let reader = reader.controls(Controls::Skip).from_bytes(text.as_bytes().to_vec());
    assert_eq!(reader.map(Result::unwrap).count(), 1);
}

/// Makes UNIMARC: coded data with these sets, and a title.
fn unimarc(leader: &[u8; 24], coded: &str, title: &[u8]) -> Record {
    let mut record = Record::builder().leader(*leader).build().unwrap();
    record.push_field(OwnedField::data("100", *b"  ", [(b'a', coded)]).unwrap());
    record.push_field(OwnedField::data("200", *b"1 ", [(b'a', title)]).unwrap());
    record
}

fn coded_data(record: &Record) -> &[u8] {
    record.data_field(Tag::new(*b"100")).unwrap().subfield(b'a').unwrap()
}

#[test]
fn unimarc_keeps_leader_09_and_states_its_encoding_in_field_100() {
    let books = ("20200101d2020    u  y0frey0103    ba", "20200101d2020    u  y0frey50      ba");
    let people = ("20200101afrey0103    ba0", "20200101afrey50      ba0");
    for (leader, (stated, expected)) in [
        (b"00000nam  2200000   450 ", books),
        (b"00000nx  j2200000   450 ", people),
        (b"00000nx  a2200000   450 ", people),
        (b"00000nx  b2200000   4500", (people.1, people.1)),
    ] {
        // Text formats are Unicode, whatever the record states.
        let record = unimarc(leader, stated, "Été".as_bytes());
        let in_iso5426 = unimarc(leader, stated, b"\xC2Et\xC2e");
        for format in TEXT {
            for record in [&record, &in_iso5426] {
                if stated == expected && std::ptr::eq(record, &in_iso5426) {
                    continue;
                }
                let (text, notes) = write(std::slice::from_ref(record), format);
                // MARCXML's schema has no leader of UNIMARC.
                let kinds = notes.iter().map(|note| note.kind());
                let kinds: Vec<_> = kinds.filter(|kind| *kind != NoteKind::SchemaLeader).collect();
                let changed = (stated != expected).then_some(NoteKind::CharacterSets);
                assert_eq!(kinds, changed.into_iter().collect::<Vec<_>>(), "{format}");
                assert!(!notes.iter().any(|note| note.is_loss()));
                let given = read(&text, format);
                let [Given::Record { record, notes, .. }] = &given[..] else { panic!("{given:?}") };
                assert!(notes.is_empty(), "{format} {notes:?}");
                assert_eq!(record.leader().as_bytes(), leader, "{format}");
                assert_eq!(coded_data(record), expected.as_bytes());
            }
        }
        // A text that another program wrote is put right when it is read.
        let (text, _) = write(&[unimarc(leader, stated, b"ASCII")], Format::Json);
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(stated), "ASCII is in every set");
        let given = read(text.replace("ASCII", "Été").as_bytes(), Format::Json);
        let [Given::Record { record, notes, .. }] = &given[..] else { panic!("{given:?}") };
        assert_eq!(record.leader().as_bytes(), leader);
        assert_eq!(coded_data(record), expected.as_bytes());
        assert_eq!(notes.is_empty(), stated == expected);
    }
}

#[test]
fn marcmaker_mnemonics_in_unimarc_become_unicode() {
    for leader in ["00000nam  2200000   450 ", "00000nx  j2200000   450 "] {
        let text = format!(
            "=LDR  {leader}\n=100  \\\\$a20200101d2020    u  y0frey0103    ba\n\
             =200  1\\$a{{Eacute}}t{{eacute}}\n\n"
        );
        let [record] = &records(text.as_bytes(), Format::Marcmaker)[..] else { panic!() };
        assert_eq!(record.leader().as_bytes(), leader.as_bytes());
        let title = record.data_field(Tag::new(*b"200")).unwrap().subfield(b'a').unwrap();
        assert_eq!(title, "E\u{301}te\u{301}".as_bytes());
    }
}

#[test]
fn raw_text_of_unimarc_is_in_the_encoding_of_field_100_whatever_leader_09_says() {
    for (format, head, tail) in [
        (Format::Marcmaker, "=LDR  00000nx  a2200000   450 \n=100  \\\\$a", "\n=200  1\\$a"),
        (Format::Line, "00000nx  a2200000   450 \n100    $a ", "\n200 1  $a "),
    ] {
        let text =
            [head.as_bytes(), b"20200101afrey0103    ba0", tail.as_bytes(), b"\xC2Et\xC2e\n\n"];
        let [record] = &records(&text.concat(), format)[..] else { panic!() };
        let title = record.data_field(Tag::new(*b"200")).unwrap().subfield(b'a').unwrap();
        assert_eq!(title, b"\xC2Et\xC2e");
        // In MARC 21 such a record contradicts itself.
        let text = [head.as_bytes(), b"A person", tail.as_bytes(), b"\xC2Et\xC2e\n\n"].concat();
        assert!(matches!(read(&text, format)[0], Given::Fault { .. }), "{format}");
    }
}
