//! MARCXML of other programs: encodings, wrappers, references, and refused documents.

use crate::common::formats::{Given, read, read_with, records};
use tidemarc::{
    ErrorKind, Reader, Record, Tag,
    format::{Controls, Format, NoteKind},
};

const LEADER: &str = "<leader>00000nam a2200000   4500</leader>";

/// Makes a document of these records' fields.
fn document(records: &[&str]) -> String {
    let records = records.iter().map(|fields| format!("<record>{LEADER}{fields}</record>\n"));
    format!("<collection>{}</collection>", records.collect::<String>())
}

fn control_number(record: &Record) -> &str {
    std::str::from_utf8(record.control_number().unwrap()).unwrap()
}

fn number(value: &str) -> String {
    format!("<controlfield tag=\"001\">{value}</controlfield>")
}

#[test]
fn utf_16_and_iso_8859_1_are_read_and_offsets_are_those_of_the_input() {
    let text = document(&[&number("né𝄞"), &number("two")]);
    let second = text.rfind("<record>").unwrap();
    for (bom, is_little) in [(true, true), (true, false), (false, true), (false, false)] {
        let text = if bom { format!("\u{FEFF}{text}") } else { text.clone() };
        let unit = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        let given = read(&bytes, Format::Marcxml);
        let numbers: Vec<_> =
            given.iter().map(|one| control_number(one.record().unwrap())).collect();
        assert_eq!(numbers, ["né𝄞", "two"]);
        let Given::Record { offset, .. } = given[1] else { panic!() };
        let before = text[..text.rfind("<record>").unwrap()].encode_utf16().count() as u64;
        assert_eq!(offset, 2 * before);
    }
    let text = text.replace('𝄞', "");
    let head = "<?xml version='1.0' encoding='ISO-8859-1'?>";
    let bytes: Vec<u8> =
        format!("{head}{text}").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let given = read(&bytes, Format::Marcxml);
    assert_eq!(control_number(given[0].record().unwrap()), "né");
    // é is two bytes in the text above and one in the input, and 𝄞 was four.
    let Given::Record { offset, .. } = given[1] else { panic!() };
    assert_eq!(offset as usize, head.len() + second - 4 - 1);
}

#[test]
fn a_lone_surrogate_or_a_bad_byte_costs_its_record() {
    let text = document(&[&number("aXb"), &number("two")]);
    let mut bytes = text.clone().into_bytes();
    bytes[text.find('X').unwrap()] = 0xFF;
    let wide: Vec<u8> = text
        .encode_utf16()
        .map(|unit| if unit == u16::from(b'X') { 0xD800 } else { unit })
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [bytes, wide] {
        let given = read(&bytes, Format::Marcxml);
        assert!(matches!(given[0], Given::Fault { kind: ErrorKind::Encoding, .. }), "{given:?}");
        assert_eq!(control_number(given[1].record().unwrap()), "two");
    }
}

#[test]
fn references_cdata_and_comments_are_read_and_undefined_entities_refused() {
    let text = "a&amp;b&#x41;&#66;<![CDATA[<&>]]><!-- no -->c&lt;&gt;&quot;&apos;&#13;\r\nd";
    let given = records(document(&[&number(text)]).as_bytes(), Format::Marcxml);
    assert_eq!(control_number(&given[0]), "a&bAB<&>c<>\"'\r\nd");
    let bomb = "<!DOCTYPE collection [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"> <!-- ]> -->]>\n";
    let text = format!("{bomb}{}", document(&[&number("x&b;"), &number("two")]));
    let given = read(text.as_bytes(), Format::Marcxml);
    let Given::Fault { reason, .. } = &given[0] else { panic!("{given:?}") };
    assert_eq!(reason, "the entity &b; is not defined");
    assert_eq!(control_number(given[1].record().unwrap()), "two");
}

#[test]
fn records_are_found_in_prefixes_and_in_wrappers_of_the_same_name() {
    let text = "<OAI-PMH><ListRecords>\
        <record><header status=\"deleted\"><identifier>1</identifier></header></record>\
        <record><header/><metadata><m:record xmlns:m=\"info:lc/xmlns/marcxchange-v1\">\
        <m:leader>00000nam a2200000   4500</m:leader>\
        <m:controlfield tag='001'>one</m:controlfield></m:record></metadata></record>\
        </ListRecords></OAI-PMH>";
    let given = records(text.as_bytes(), Format::Marcxml);
    assert_eq!(given.iter().map(control_number).collect::<Vec<_>>(), ["one"]);
}

#[test]
fn a_record_that_is_not_closed_ends_where_the_next_begins() {
    let text = document(&[&number("one"), &number("two"), &number("three")]);
    let text = text.replacen("</record>\n<record>", "\n<record>", 1);
    let given = read(text.as_bytes(), Format::Marcxml);
    assert!(matches!(given[0], Given::Fault { kind: ErrorKind::Syntax, .. }), "{given:?}");
    let rest = given[1..].iter().map(|one| control_number(one.record().unwrap()));
    assert_eq!(rest.collect::<Vec<_>>(), ["two", "three"]);
}

#[test]
fn control_characters_are_treated_as_asked_raw_or_as_references() {
    for bad in ["\x1B", "&#x1F;", "\u{FFFE}"] {
        let text = document(&[&number(&format!("a{bad}b")), &number("two")]);
        let given = read(text.as_bytes(), Format::Marcxml);
        assert!(matches!(given[0], Given::Fault { kind: ErrorKind::Syntax, .. }), "{given:?}");
        assert_eq!(given.len(), 2);
        for (controls, expected) in [(Controls::Skip, "ab"), (Controls::Replace, "a\u{FFFD}b")] {
            let options = Reader::builder().controls(controls);
            let given = read_with(text.as_bytes(), Format::Marcxml, options);
            let Given::Record { record, notes, .. } = &given[0] else { panic!("{given:?}") };
            assert_eq!(control_number(record), expected);
            assert_eq!(notes[0].kind(), NoteKind::ControlCharacter);
        }
    }
}

#[test]
fn what_no_record_can_have_is_refused_with_its_tag() {
    for (field, tag) in [
        ("<controlfield tag='42'>x</controlfield>", None),
        ("<datafield tag='001' ind1=' ' ind2=' '/>", Some("001")),
        ("<datafield tag='245' ind1='10' ind2=' '/>", Some("245")),
        (
            "<datafield tag='245' ind1='1' ind2=' '><subfield code='ab'>x</subfield></datafield>",
            Some("245"),
        ),
        ("<datafield tag='245' ind1='1' ind2=' '><subfield>x</subfield></datafield>", Some("245")),
    ] {
        let text = document(&[field]);
        let reader = tidemarc::Reader::from_bytes(text);
        let error = reader.map(Result::unwrap_err).next().unwrap();
        assert_eq!(error.kind(), ErrorKind::Syntax, "{field}");
        assert_eq!(error.tag(), tag.map(|tag| Tag::try_from(tag).unwrap()), "{error}");
    }
}

/// Returns the fields of the only record, with the kinds of its notes.
fn noted(fields: &str) -> (Vec<Vec<u8>>, Vec<NoteKind>) {
    let given = read(document(&[fields]).as_bytes(), Format::Marcxml);
    let [Given::Record { record, notes, .. }] = &given[..] else { panic!("{given:?}") };
    let bytes = record.fields().iter().map(|field| field.as_bytes().to_vec()).collect();
    (bytes, notes.iter().map(|note| note.kind()).collect())
}

#[test]
fn text_in_elements_of_other_languages_is_kept_with_a_note() {
    let data = |text: &str| {
        let field = format!("<datafield tag='245' ind1='0' ind2='0'>{text}</datafield>");
        let (fields, notes) = noted(&field);
        (String::from_utf8(fields[0].clone()).unwrap(), notes)
    };
    let subfield = |text: &str| data(&format!("<subfield code='a'>{text}</subfield>"));
    let dropped = vec![NoteKind::MarkupDropped];
    let growth = "00\x1FaGrowth of E. coli";
    assert_eq!(subfield("Growth of <i>E. coli</i>"), (growth.into(), dropped.clone()));
    let nested = "<b>Growth <i>of <u>E</u>.</i></b><br/> coli";
    assert_eq!(subfield(nested), (growth.into(), dropped.clone()));
    let (field, notes) = data("<p><subfield code='a'>Growth of E. coli</subfield></p>");
    assert_eq!((&*field, notes), (growth, dropped.clone()));
    let (fields, notes) = noted("<controlfield tag='001'>o<i>n</i>e</controlfield>");
    assert_eq!((fields, notes), (vec![b"one".to_vec()], dropped));
    // An element with nothing of MARC in it has no place.
    let ignored = vec![NoteKind::ContentIgnored];
    assert_eq!(data("<note>lost</note>"), ("00".into(), ignored.clone()));
    assert_eq!(data("<note/>"), ("00".into(), ignored.clone()));
    assert_eq!(noted(&format!("{}<x>lost</x>", number("one"))), (vec![b"one".to_vec()], ignored));
}

#[test]
fn fields_in_a_wrapper_are_read() {
    let title =
        "<datafield tag='245' ind1='0' ind2='0'><subfield code='a'>w</subfield></datafield>";
    for wrapped in [
        format!("<fields>{}{title}</fields>", number("one")),
        format!("<controlfields>{}</controlfields><x><y>{title}</y></x>", number("one")),
    ] {
        let (fields, notes) = noted(&wrapped);
        assert_eq!(fields, [b"one".to_vec(), b"00\x1Faw".to_vec()]);
        assert!(notes.iter().all(|note| *note == NoteKind::MarkupDropped), "{notes:?}");
    }
    let (fields, notes) = noted(&format!("<fields>lost{title}</fields>"));
    assert_eq!(fields.len(), 1);
    assert_eq!(notes, [NoteKind::MarkupDropped, NoteKind::ContentIgnored]);
}

#[test]
fn text_beside_fields_or_subfields_and_a_subfield_in_another_are_faults() {
    let title = |inside: &str| {
        format!("{}<datafield tag='245' ind1='0' ind2='0'>{inside}</datafield>", number("one"))
    };
    let subfield = "<subfield code='a'>t</subfield>";
    for (fields, reason) in [
        (title(&format!("stray{subfield}")), "text stands beside the subfields"),
        (title(&format!("{subfield}<![CDATA[stray]]>")), "text stands beside the subfields"),
        (title(&format!("{subfield}&#65;")), "text stands beside the subfields"),
        (format!("{}stray", title(subfield)), "text stands beside the leader and the fields"),
        (
            title("<subfield code='a'>t<subfield code='b'>u</subfield></subfield>"),
            "a `subfield` stands inside another element's text",
        ),
    ] {
        let given = read(document(&[&fields, &number("two")]).as_bytes(), Format::Marcxml);
        let Given::Fault { kind: ErrorKind::Syntax, reason: told, .. } = &given[0] else {
            panic!("{given:?}")
        };
        assert!(told.ends_with(reason), "{told}");
        assert_eq!(control_number(given[1].record().unwrap()), "two");
    }
    // A stray quote or bracket is not content.
    for stray in ["\"", "&gt;", "&#34;", "<![CDATA[;]]>"] {
        for fields in [title(&format!("{subfield}{stray}")), format!("{}{stray}", title(subfield))]
        {
            let (fields, notes) = noted(&fields);
            assert_eq!((fields.len(), notes), (2, vec![NoteKind::ContentIgnored]), "{stray}");
        }
    }
    // Some programs write the line ends of Windows as references.
    let (fields, notes) = noted(&format!("&#13;\n{}&#13;\n", title(&format!("&#13;\n{subfield}"))));
    assert_eq!((fields.len(), notes), (2, vec![]));
}

/// Returns the text of the first field of the first record of a document in this encoding.
fn declared(name: &str, text: &[u8]) -> Vec<Given> {
    let document = document(&[&number("X"), &number("two")]);
    let at = document.find('X').unwrap();
    let head = format!("<?xml version='1.0' encoding='{name}'?>\n{}", &document[..at]);
    read(&[head.as_bytes(), text, &document.as_bytes()[at + 1..]].concat(), Format::Marcxml)
}

#[test]
fn encodings_of_single_bytes_are_read_as_they_are_declared() {
    for (name, text, expected) in [
        ("windows-1251", &b"\xC6\xF3\xEA"[..], "Жук"),
        ("windows-1252", b"\x93\x9C\x94", "“œ”"),
        ("ISO-8859-1", b"\x98Le \x9Cnom", "\u{98}Le \u{9C}nom"),
        ("ISO-8859-2", b"\xE8e\xB9tina", "čeština"),
        ("ISO-8859-9", b"\x98\xFD\x9C", "\u{98}ı\u{9C}"),
        ("ISO-8859-15", b"\xA4", "€"),
        ("koi8-r", b"\xF6", "Ж"),
    ] {
        let given = declared(name, text);
        assert_eq!(control_number(given[0].record().unwrap()), expected, "{name}");
        assert_eq!(control_number(given[1].record().unwrap()), "two");
        // Offsets are those of the input.
        let Given::Record { offset, .. } = given[1] else { panic!() };
        let head = format!("<?xml version='1.0' encoding='{name}'?>\n").len();
        let before = document(&[&number("X")]).find("</collection>").unwrap();
        assert_eq!(offset as usize, head + before + text.len() - 1, "{name}");
    }
    // A byte without a character costs its record, and is in the fault as it was.
    let given = declared("windows-1253", b"a\xD2b");
    let Given::Fault { kind: ErrorKind::Encoding, raw, .. } = &given[0] else {
        panic!("{given:?}")
    };
    assert!(raw.windows(3).any(|bytes| bytes == b"a\xD2b"));
    assert_eq!(control_number(given[1].record().unwrap()), "two");
}

#[test]
fn an_encoding_that_is_not_read_is_named_by_the_fault() {
    for (name, told) in [("GB2312", "GBK"), ("Shift_JIS", "Shift_JIS"), ("ebcdic", "unknown")] {
        let given = declared(name, b"\xB0\xA1");
        let Given::Fault { kind: ErrorKind::Encoding, reason, .. } = &given[0] else {
            panic!("{given:?}")
        };
        assert!(reason.contains(told), "{reason}");
        assert_eq!(control_number(given[1].record().unwrap()), "two");
        // UTF-8 is read, whatever the declaration says.
        let given = declared(name, "é".as_bytes());
        assert_eq!(control_number(given[0].record().unwrap()), "é");
    }
    let given = declared("us-ascii", "é".as_bytes());
    assert_eq!(control_number(given[0].record().unwrap()), "é");
}

#[test]
fn a_leader_of_another_vocabulary_is_none() {
    let record = format!("<record>{LEADER}{}</record>", number("one"));
    let text = format!(
        "<OAI-PMH><ListRecords><record><header/><metadata>{record}</metadata></record>\
         <record><header/><metadata><d:dc xmlns:d='u'><d:leader>x</d:leader></d:dc></metadata>\
         </record></ListRecords></OAI-PMH>"
    );
    let given = read(text.as_bytes(), Format::Marcxml);
    assert_eq!(control_number(given[0].record().unwrap()), "one");
    let [_, Given::Fault { reason, .. }] = &given[..] else { panic!("{given:?}") };
    assert_eq!(reason, "the record has no leader and no field");
    // In a record its text is ignored, and its own leader counts.
    let fields = format!("<d:dc xmlns:d='u'><d:leader>x</d:leader></d:dc>{}", number("one"));
    let (fields, notes) = noted(&fields);
    assert_eq!((fields, notes), (vec![b"one".to_vec()], vec![NoteKind::ContentIgnored]));
}
