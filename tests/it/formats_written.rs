//! Every format, written: what each cannot hold, and what becomes of it.

use crate::common::{
    build,
    formats::{Given, TEXT, read, records, sample, write},
    shared::Shared,
};
use tidemarc::{
    Converter, OwnedField, Reader, Record, RecordRef, Tag,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, TextOptions},
    format::{
        Controls, Format, NormalForm, NoteKind, Overlong, WriteErrorKind, WriteOptions, Writer,
        iso2709_split::split,
    },
};
use unicode_normalization::UnicodeNormalization as _;

#[test]
fn text_that_is_not_ascii_makes_the_leader_say_so() {
    let text = "<record><leader>00000nam  2200000   4500</leader>\
        <controlfield tag='001'>é</controlfield></record>";
    let Given::Record { record, notes, .. } = &read(text.as_bytes(), Format::Marcxml)[0] else {
        panic!("no record");
    };
    assert_eq!(record.leader().coding_scheme(), b'a');
    assert_eq!(notes[0].kind(), NoteKind::CodingScheme);
    assert!(!notes[0].is_loss());
    let ascii = text.replace('é', "e");
    let Given::Record { record, notes, .. } = &read(ascii.as_bytes(), Format::Marcxml)[0] else {
        panic!("no record");
    };
    assert_eq!(record.leader().coding_scheme(), b' ');
    assert!(notes.is_empty());
}

/// A record whose leader says UTF-8 and whose title does not.
fn undecodable() -> Record {
    Record::builder()
        .data("245", *b"10", [(b'a', &b"na\xEFve \xE2\x82 \xC3\xA9"[..])])
        .build()
        .unwrap()
}

#[test]
fn bytes_that_are_no_text_are_refused_or_treated_as_asked() {
    for format in TEXT {
        let mut writer = Writer::new(Vec::new(), format);
        let error = writer.write(&undecodable()).unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::Undecodable(_)), "{error}");
        assert_eq!(error.tag(), Some(Tag::new(*b"245")));
        assert!(writer.get_ref().is_empty(), "nothing of the record is written");
        for (policy, expected) in [
            (ErrorPolicy::Replace, "na\u{FFFD}ve \u{FFFD} é"),
            (ErrorPolicy::Ignore, "nave  é"),
            (ErrorPolicy::BackslashReplace, "na\\xefve \\xe2\\x82 é"),
        ] {
            let options = WriteOptions::new().encoding_errors(policy);
            let mut writer = Writer::with_options(Vec::new(), format, options);
            let notes = writer.write(&undecodable()).unwrap();
            assert_eq!(notes[0].kind(), NoteKind::Undecodable);
            let record = &records(&writer.finish().unwrap(), format)[0];
            let title = record.data_field(Tag::new(*b"245")).unwrap().subfield(b'a').unwrap();
            assert_eq!(title, expected.as_bytes(), "{format}");
        }
    }
}

#[test]
fn control_characters_that_cannot_be_held_are_refused_or_treated_as_asked() {
    // 0x1E and 0x1D in a value, as a damaged file can have them; made with the Rust API only.
    let bytes = crate::common::build::record(&[("245", b"10\x1FaA\x1DB\x1EC")]);
    let record = Record::from(RecordRef::parse(&bytes).unwrap());
    for format in TEXT {
        let mut writer = Writer::new(Vec::new(), format);
        let error = writer.write(&record).unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::ControlCharacter('\x1D')), "{error}");
        for (controls, expected) in
            [(Controls::Skip, "ABC"), (Controls::Replace, "A\u{FFFD}B\u{FFFD}C")]
        {
            let options = WriteOptions::new().controls(controls);
            let mut writer = Writer::with_options(Vec::new(), format, options);
            assert_eq!(writer.write(&record).unwrap()[0].kind(), NoteKind::ControlCharacter);
            let record = &records(&writer.finish().unwrap(), format)[0];
            let title = record.data_field(Tag::new(*b"245")).unwrap().subfield(b'a').unwrap();
            assert_eq!(title, expected.as_bytes(), "{format}");
        }
    }
}

#[test]
fn what_is_odd_about_a_record_is_told_where_it_cannot_be_held() {
    let odd = |bytes: &[u8]| {
        let bytes = crate::common::build::record(&[("245", bytes)]);
        Record::from(RecordRef::parse(&bytes).unwrap())
    };
    for format in TEXT {
        for (bytes, left) in [
            (&b"1\x1Fa Title"[..], &b"1 \x1Fa Title"[..]),
            (b"\x1FaTitle", b"  \x1FaTitle"),
            (b"10junk\x1FaTitle", b"10\x1FaTitle"),
            (b"10\x1F\x1FaTitle\x1F", b"10\x1FaTitle"),
            (b"10\x1F", b"10"),
            (b"\xC31\x1FaTitle", b" 1\x1FaTitle"),
        ] {
            let (text, notes) = write(&[odd(bytes)], format);
            assert!(notes.iter().any(|note| note.kind() == NoteKind::FieldShape), "{format}");
            assert!(notes.iter().all(|note| note.field() == Some(1)));
            assert_eq!(records(&text, format)[0].fields()[0].as_bytes(), left, "{format}");
        }
        // Data without indicators is held as it is.
        for bytes in [&b"BOOK"[..], b"B", b"", b"BK"] {
            let (text, notes) = write(&[odd(bytes)], format);
            assert!(!notes.iter().any(|note| note.is_loss()), "{format}: {notes:?}");
            assert_eq!(records(&text, format)[0].fields()[0].as_bytes(), bytes, "{format}");
        }
        // A code may be a character of more than one byte.
        let (text, notes) = write(&[odd("10\x1FéTitle".as_bytes())], format);
        assert!(!notes.iter().any(|note| note.is_loss()));
        assert_eq!(records(&text, format)[0].fields()[0].as_bytes(), "10\x1FéTitle".as_bytes());
    }
}

#[test]
fn two_bytes_under_an_alphabetic_tag_are_data_and_not_indicators() {
    let record = |tag: &str, bytes: &[u8]| {
        let bytes = crate::common::build::record(&[(tag, bytes)]);
        Record::from(RecordRef::parse(&bytes).unwrap())
    };
    for (tag, bytes, is_bare) in [
        ("FMT", &b"BK"[..], true),
        ("Z30", b"  ", true),
        ("FMT", b"B\x1F", false),
        ("FMT", b"  \x1FaBK", false),
        ("9XX", b"BK", false),
        ("245", b"BK", false),
        ("245", b"BOOK", true),
    ] {
        let record = record(tag, bytes);
        let (xml, _) = write(std::slice::from_ref(&record), Format::Marcxml);
        let xml = String::from_utf8(xml).unwrap();
        assert_eq!(xml.contains("<controlfield"), is_bare, "{xml}");
        assert_eq!(xml.contains("<datafield"), !is_bare, "{xml}");
        let (json, _) = write(std::slice::from_ref(&record), Format::Json);
        assert_eq!(String::from_utf8(json).unwrap().contains("\"ind1\""), !is_bare);
        for format in TEXT {
            let (text, notes) = write(std::slice::from_ref(&record), format);
            if !notes.iter().any(|note| note.is_loss()) {
                assert_eq!(records(&text, format)[0].fields(), record.fields(), "{format}");
            }
        }
    }
}

#[test]
fn a_document_without_records_is_one() {
    for format in Format::ALL {
        let bytes = Writer::new(Vec::new(), format).finish().unwrap();
        assert_eq!(read(&bytes, format), [], "{format}");
        assert_eq!(bytes.is_empty(), !matches!(format, Format::Marcxml | Format::Json));
    }
}

/// An over-long record: a note of many bytes, and many notes.
fn overlong() -> Record {
    let mut record = sample("long");
    let words = "All work and no play makes Jack a dull boy. ".repeat(500);
    let note = OwnedField::data("520", *b"1 ", [(b'a', words.as_str()), (b'b', "end")]).unwrap();
    for _ in 0..6 {
        record.push_field(note.clone());
    }
    record
}

#[test]
fn what_is_too_long_for_iso_2709_is_refused_split_or_diverted() {
    let written = [sample("one"), overlong(), sample("three")];
    let mut writer = Writer::new(Vec::new(), Format::Iso2709);
    let error = writer.write(&written[1]).unwrap_err();
    assert!(error.to_string().contains("longer than the 9,999"), "{error}");
    assert!(writer.get_ref().is_empty());

    let options = WriteOptions::new().overlong(Overlong::Split);
    let mut writer = Writer::with_options(Vec::new(), Format::Iso2709, options);
    for record in &written {
        writer.write(record).unwrap();
    }
    let (parts, notes) = split(&overlong()).unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(notes.len(), 7, "six fields and the record");
    let read = records(&writer.finish().unwrap(), Format::Iso2709);
    assert_eq!(read, [&written[..1], &parts, &written[2..]].concat());

    let second = Shared::default();
    let options = WriteOptions::new().overlong(Overlong::Xml);
    let mut writer = Writer::with_options(Vec::new(), Format::Iso2709, options);
    assert!(writer.write(&written[1]).is_err(), "there is no second output");
    let mut writer = writer.divert_to(second.clone());
    for record in &written {
        writer.write(record).unwrap();
    }
    assert_eq!(records(&writer.finish().unwrap(), Format::Iso2709).len(), 2);
    let xml = second.bytes();
    assert_eq!(records(&xml, Format::Marcxml), [overlong()]);
}

/// A record in MARC-8, as the Library of Congress wrote them: leader/09 is blank.
fn in_marc8() -> Record {
    let mut record = Record::builder()
        .leader(*b"00000nam  2200000   4500")
        .control("001", "ocm1")
        .build()
        .unwrap();
    let title = [(b'a', &b"Dvo\xE9r\xE2ak /"[..]), (b'c', b"\x1B(NmIR\x1B(B")];
    record.push_field(OwnedField::data("245", *b"10", title).unwrap());
    record
}

#[test]
fn a_record_in_marc8_goes_into_every_text_format() {
    let expected = Record::builder()
        .leader(*b"00000nam a2200000   4500")
        .control("001", "ocm1")
        .data("245", *b"10", [(b'a', "Dvo\u{159}\u{e1}k /"), (b'c', "\u{41c}\u{438}\u{440}")])
        .build()
        .unwrap();
    for format in TEXT {
        let (bytes, notes) = write(&[in_marc8()], format);
        assert_eq!(records(&bytes, format), std::slice::from_ref(&expected), "{format}");
        assert!(notes.iter().any(|note| note.kind() == NoteKind::CodingScheme), "{format}");
        let bytes = in_marc8().to_iso2709().unwrap();
        let view = RecordRef::parse(&bytes).unwrap();
        let (of_view, _) = write(&[view], format);
        assert_eq!(records(&of_view, format), std::slice::from_ref(&expected), "{format}");
    }
}

/// The leader that is put right is the one that says how the text is read.
#[test]
fn a_leader_that_gained_or_lost_blanks_says_what_it_said() {
    let read = |text: &[u8]| {
        let [record] = &records(text, Format::Marcmaker)[..] else { panic!("{text:?}") };
        let leader = *record.leader().as_bytes();
        (leader, record.data_field(Tag::new(*b"245")).unwrap().subfield(b'a').unwrap().to_vec())
    };
    for blanks in ["", " ", "    "] {
        // Status `a` is where a leader that begins four blanks late would have its encoding.
        let mut marc8 =
            format!("=LDR  {blanks}00000aam  2200000 a 4500\n=245  10$aCaf").into_bytes();
        marc8.extend(b"\xE2e\n\n");
        let expected = (*b"00000aam  2200000 a 4500", b"Caf\xE2e".to_vec());
        assert_eq!(read(&marc8), expected, "{blanks:?}");
        let utf8 = format!("=LDR  {blanks}00000nam a2200000 a 4500\n=245  10$aCaf{{acute}}e\n\n");
        let expected = (*b"00000nam a2200000 a 4500", "Cafe\u{301}".into());
        let (leader, title) = read(utf8.as_bytes());
        assert_eq!((leader, String::from_utf8(title).unwrap()), expected, "{blanks:?}");
    }
}

#[test]
fn a_unimarc_record_is_written_in_the_encoding_that_it_states_whatever_leader_09_says() {
    // ISO 5426, by 100 $a; UNIMARC's leader/09 has no meaning.
    let coded = b"19990101d1999    m  y0frey0103    ba";
    let mut record = Record::builder().leader(*b"00000nam a2200000   450 ").build().unwrap();
    let title = OwnedField::data("200", *b"1 ", [(b'a', &b"\xC2Ete"[..])]).unwrap();
    record.push_field(OwnedField::data("100", *b"  ", [(b'a', &coded[..])]).unwrap());
    record.push_field(title);
    for policy in [ErrorPolicy::Strict, ErrorPolicy::Replace] {
        let options = WriteOptions::new().encoding_errors(policy);
        let mut writer = Writer::with_options(Vec::new(), Format::Json, options);
        writer.write(&record).unwrap();
        let json = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert!(json.contains("\u{c9}te"), "{json}");
    }
}

#[test]
fn a_leader_without_fields_is_written_so_that_a_record_is_read() {
    for leader in [*b"k                       ", [b' '; 24], *b"001 tm000001 $a Title   "] {
        let record = Record::builder().leader(leader).build().unwrap();
        let mut writer = Writer::new(Vec::new(), Format::Line);
        let notes = writer.write(&record).unwrap();
        assert!(notes.iter().any(|note| note.kind() == NoteKind::LeaderByte && note.is_loss()));
        let written = writer.finish().unwrap();
        let reader = Reader::builder().format(Format::Line).from_bytes(written);
        let found: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].view().leader().as_bytes()[12..], leader[12..]);
    }
}

#[test]
fn a_leader_that_looks_like_a_message_of_yaz_is_written_so_that_the_record_is_read() {
    for leader in [*b"(0714cam a2200205 a 4500", *b"<!--4cam a2200205 a 4500"] {
        let record = Record::builder().leader(leader).control("001", "a1").build().unwrap();
        let (bytes, notes) = write(&[record], Format::Line);
        assert_eq!(
            notes.iter().map(|note| note.kind()).collect::<Vec<_>>(),
            [NoteKind::LeaderByte]
        );
        let [found] = &records(&bytes, Format::Line)[..] else { panic!("no record") };
        assert_eq!(found.leader().as_bytes()[1..], leader[1..]);
    }
}

/// Converts records, and returns the output, the notes and the refusals.
fn converted(
    records: &[u8],
    (format, options): (Format, WriteOptions),
    text: TextOptions,
) -> (Vec<u8>, String, Vec<String>) {
    let mut refused = Vec::new();
    let mut writer = Writer::with_options(Vec::new(), format, options);
    let reader = Reader::builder().format(Format::Iso2709).from_bytes(records.to_vec());
    let converter = Converter::new().text(text).skip(|error| refused.push(error.to_string()));
    let done = converter.run(reader, &mut writer).unwrap();
    let notes = format!("{:?}", done.notes().collect::<Vec<_>>());
    (writer.finish().unwrap(), notes, refused)
}

/// Fields that need no change are written by a way of their own. With numeric references no field of
/// ASCII is, and in a normal form no other; neither changes these fields.
#[test]
fn fields_that_need_no_change_are_written_like_the_others() {
    let long = "a value of more than sixteen bytes";
    let mut records = Vec::new();
    let bytes = (0..=0x1C).chain(0x1F..=0xFF).filter(|byte| *byte != b'&').map(|byte| vec![byte]);
    let characters = ["é", "\u{FF21}", "\u{FFFE}", "𝄞"].map(|text| text.as_bytes().to_vec());
    for byte in bytes.chain(characters) {
        let fields = [
            [&byte[..], b"0\x1Fa", long.as_bytes()].concat(),
            [&b"1"[..], &byte[..], b"\x1Fashort"].concat(),
            [&b"10\x1F"[..], &byte, long.as_bytes()].concat(),
            [&b"10\x1Fa"[..], &byte, long.as_bytes(), &byte].concat(),
            [&b"10\x1Fa"[..], long.as_bytes(), b"\x1F", &byte].concat(),
            [&b"10\x1Fa x"[..], &byte, b" y\x1Fb", long.as_bytes(), b"\x1Fc"].concat(),
            [&b"10"[..], &byte, b"\x1Fa"].concat(),
        ];
        for field in &fields {
            for tag in ["245", "FMT", "9 X"] {
                let record = build::record(&[("001", &byte), (tag, field)]);
                records.extend_from_slice(&record);
                // MARC-8.
                records.extend(build::put(record, 9, b" "));
            }
            let coded = b"  \x1Fa20260101d2026    m  y0frey0103    ba";
            records.extend(build::record(&[("100", coded), ("200", field)]));
        }
    }
    let numeric = DecodeOptions::new().numeric_references(true);
    let lenient =
        WriteOptions::new().controls(Controls::Replace).encoding_errors(ErrorPolicy::Replace);
    for (format, options) in TEXT
        .into_iter()
        .flat_map(|format| [WriteOptions::new(), lenient].map(move |options| (format, options)))
    {
        for encoding in [None, Some(Encoding::Marc8)] {
            let text = TextOptions::new().encoding(encoding);
            let normal = options.normalize(NormalForm::Nfc);
            // What is decoded is in no normal form before, so both ways have the same one.
            let plain = converted(&records, (format, normal), text);
            let examined = converted(&records, (format, normal), text.decode(numeric));
            assert!(plain == examined, "{format}, {encoding:?}: {:?}, {:?}", plain.1, examined.1);
            assert!(plain.0.len() > records.len() / 3, "{format}: {}", plain.0.len());
            if encoding.is_none() {
                let as_it_is = converted(&records, (format, options), text);
                let decoded = |records: &[u8]| String::from_utf8(records.to_vec()).unwrap();
                assert_eq!(decoded(&as_it_is.0).nfc().collect::<String>(), decoded(&plain.0));
                assert_eq!((as_it_is.1, as_it_is.2), (plain.1, plain.2), "{format}");
            }
        }
    }
}
