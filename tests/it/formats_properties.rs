//! Any record through any two formats, and any bytes into any reader.

use crate::common::formats::{Given, TEXT, Trickle, drain, read_with, sample, write};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::io::Cursor;
use tidemarc::{
    OwnedField, Reader, Record, Tag,
    format::{Controls, Format, Note},
};

/// Makes text in which the characters with a meaning in some format are frequent.
fn text() -> impl Strategy<Value = String> {
    let morsel = prop_oneof![
        4 => "[a-z]{0,6}",
        2 => prop::sample::select(vec![
            " ", "$", "{", "}", "\\", "{dollar}", "{0A}", "{eacute}", " $b ", "$b", " $", "=", "#",
            "&", "<", ">", "]]>", "&amp;", "&#13;", "\"", "'", "\t", "é", "e\u{301}", "Ж", "漢",
            "𝄞", "\u{FFFD}", "\u{7F}", "\u{85}", "\u{2028}", "\\n", "null", "[", "{\"leader\":",
        ]).prop_map(String::from),
        1 => prop::sample::select(vec!["\n", "\r", "\r\n", "\0", "\u{1B}(N", "\u{FFFE}"])
            .prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(morsel, 0..6)
        .prop_map(|morsels| morsels.concat().replace(['\u{1D}', '\u{1E}', '\u{1F}'], ""))
}

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        8 => prop::sample::select(&b"0123 abcz"[..]),
        1 => prop::sample::select(&b"$\\{}&<\"'#|@AZ=\t\n"[..]),
    ]
}

fn field() -> impl Strategy<Value = OwnedField> {
    let tag = "00[0-9]|[0-9]{3}|[0-9a-zA-Z]{3}|LDR";
    (tag, byte(), byte(), vec((byte(), text()), 0..5)).prop_map(|(tag, one, two, subfields)| {
        let tag: Tag = tag.as_str().try_into().unwrap();
        if tag.is_control() {
            let data = subfields.into_iter().map(|(_, value)| value).collect::<String>();
            return OwnedField::control(tag, data).unwrap();
        }
        OwnedField::data(tag, [one, two], subfields).unwrap()
    })
}

fn record() -> impl Strategy<Value = Record> {
    let leader = prop_oneof![
        3 => Just(*b"00000nam a2200000   4500"),
        1 => Just(*b"     cam  22     3i 4500"),
        1 => Just(*b"00000<&\"a\\2200000{$}4500"),
    ];
    (leader, vec(field(), 0..6)).prop_map(|(leader, fields)| {
        let mut record = Record::new();
        *record.leader_mut() = leader;
        *record.fields_mut() = fields;
        record
    })
}

/// Returns the record after writing and reading a format, with the notes of both; `None` if it was
/// refused.
fn through(record: &Record, format: Format) -> Option<(Record, Vec<Note>)> {
    let mut writer = tidemarc::format::Writer::new(Vec::new(), format);
    let mut notes = writer.write(record).ok()?.to_vec();
    let given = crate::common::formats::read(&writer.finish().unwrap(), format);
    let [Given::Record { record, notes: read, .. }] = &given[..] else {
        panic!("{format}: {record:?}: {given:?}");
    };
    notes.extend(read);
    Some((record.clone(), notes))
}

/// Returns the record with leader/09 as the text formats write it.
fn as_unicode(record: &Record) -> Record {
    let mut record = record.clone();
    let is_unicode =
        |field: &OwnedField| !field.as_bytes().is_ascii() || field.as_bytes().contains(&0x1B);
    if record.fields().iter().any(is_unicode) {
        record.leader_mut()[9] = b'a';
    }
    record
}

/// The pieces of XML documents, in any order.
const MARKUP: [&str; 20] = [
    "<collection>",
    "</collection>",
    "<record>",
    "</record>",
    "<record/>",
    "<m:record>",
    "</m:record>",
    "<leader>00000nam a2200000   4500</leader>",
    "<controlfield tag=\"001\">one</controlfield>",
    "<datafield>",
    "<metadata>",
    "</metadata>",
    "<a>",
    "</a>",
    "<b/>",
    "<![CDATA[x]]>",
    "<!-- x -->",
    "\u{FEFF}",
    " \n",
    "text",
];

/// The beginnings of inputs in every format, and of foreign inputs.
const BEGINNINGS: [&[u8]; 22] = [
    b"<",
    b"<?xml version='1.0' encoding='latin1'?>",
    b"<collection>",
    b"<record><leader>00000nam a2200000   4500</leader></record>",
    b"<record><x/></record>",
    b"[",
    b"{\"a\":1}",
    b"{\"leader\":\"00000nam a2200000   4500\",\"fields\":[]}",
    b"#",
    b"=LDR  00000nam a2200000   4500\n",
    b"=001  one\n",
    b"(",
    b"00000nam a2200000   4500\n",
    b"001 one\n",
    b"\n",
    b" ",
    b"junk",
    b"\x1D",
    b"\x1E",
    b"00026nam a2200025   4500\x1E\x1D",
    b"00047nam a2200037   4500001001000000\x1Econtrol-1\x1E\x1D",
    b"<\0a\0",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn between_any_two_formats_nothing_is_lost_without_a_word(record in record()) {
        // An escape sequence of MARC-8 has another meaning in Unicode, or none:
        // `a_record_in_marc8_goes_into_every_text_format` tests those.
        let has_escape = record.fields().iter().any(|field| field.as_bytes().contains(&0x1B));
        prop_assume!(record.leader().is_utf8() || !has_escape);
        // A format that reports no loss returns the same record, and so do two formats in turn.
        for first in Format::ALL {
            let Some((there, notes)) = through(&record, first) else { continue };
            if notes.iter().any(|note| note.is_loss()) {
                continue;
            }
            let expected = if first == Format::Iso2709 { record.clone() } else { as_unicode(&record) };
            prop_assert_eq!(&there, &expected, "{}", first);
            for second in Format::ALL {
                let Some((back, notes)) = through(&there, second) else { continue };
                if !notes.iter().any(|note| note.is_loss()) {
                    let kept = if second == Format::Iso2709 { there.clone() } else { as_unicode(&there) };
                    prop_assert_eq!(&back, &kept, "{} {}", first, second);
                }
            }
        }
    }

    #[test]
    fn json_and_marcmaker_hold_every_text_and_marcxml_all_that_xml_can(
        fields in vec((byte(), byte(), vec((prop::sample::select(&b"abc0"[..]), text()), 1..4)), 0..5)
    ) {
        let mut record = Record::new();
        for (one, two, subfields) in fields {
            record.push_field(OwnedField::data("500", [one, two], subfields).unwrap());
        }
        for format in [Format::Json, Format::JsonLines, Format::Marcmaker] {
            let (back, notes) = through(&record, format).expect("it can be written");
            prop_assert!(!notes.iter().any(|note| note.is_loss()), "{}: {:?}", format, notes);
            prop_assert_eq!(&back, &record, "{}", format);
        }
        let is_held = |byte: u8| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x1F);
        let bytes = || record.fields().iter().flat_map(|field| field.as_bytes().iter().copied());
        let text = String::from_utf8(bytes().collect()).unwrap();
        let can = bytes().all(is_held) && !text.contains(['\u{FFFE}', '\u{FFFF}']);
        prop_assert_eq!(through(&record, Format::Marcxml).is_some(), can);
    }

    #[test]
    fn damaged_text_reads_the_same_however_it_comes_and_sound_records_around_it_are_given(
        format in prop::sample::select(&TEXT[..]),
        edits in vec((any::<Index>(), any::<u8>(), 0..4u8), 0..4),
        limit in prop_oneof![Just(1 << 20), 64..3_000usize],
        controls in prop::sample::select(vec![Controls::Error, Controls::Skip, Controls::Replace]),
    ) {
        let mut bytes = write(&[sample("one"), sample("two"), sample("three")], format).0;
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] = b"<>\"{}[]\\$=\n &"[usize::from(byte) % 13],
                2 => { bytes.remove(at); }
                _ => bytes.insert(at, b"<>\"{}[]\\$=\n &"[usize::from(byte) % 13]),
            }
        }
        let options = Reader::builder().max_record_length(limit).controls(controls);
        let given = read_with(&bytes, format, options);
        let numbers: Vec<_> = given.iter().map(|given| match given {
            Given::Record { number, .. } | Given::Fault { number, .. } => *number,
        }).collect();
        prop_assert_eq!(numbers, (1..=given.len() as u64).collect::<Vec<_>>());
    }

    #[test]
    fn one_bad_byte_costs_one_record_of_xml_or_json(
        format in prop::sample::select(vec![Format::Marcxml, Format::Json, Format::JsonLines]),
        at in any::<Index>(),
        byte in prop::sample::select(&b"<>\"{}[]\\&=x\n\xFF"[..]),
    ) {
        let written = [sample("one"), sample("two"), sample("three")];
        let mut bytes = write(&written, format).0;
        // The offset is inside the second record.
        let second = memchr::memmem::find(&bytes, b"two").unwrap();
        let third = memchr::memmem::find(&bytes, b"three").unwrap() - 200;
        let at = second + at.index(third - second);
        bytes[at] = byte;
        let given = crate::common::formats::read(&bytes, format);
        let read: Vec<_> = given.iter().filter_map(Given::record).collect();
        prop_assert_eq!(read.first(), Some(&&written[0]));
        prop_assert!(read.contains(&&written[2]), "{:?}", given);
    }

    #[test]
    fn a_soup_of_markup_reads_the_same_however_it_comes(
        pieces in vec(prop::sample::select(&MARKUP[..]), 0..30),
        limit in prop_oneof![Just(1 << 20), 30..200usize],
    ) {
        let options = Reader::builder().max_record_length(limit);
        read_with(pieces.concat().as_bytes(), Format::Marcxml, options);
    }

    #[test]
    fn the_format_is_found_the_same_however_the_input_comes(
        pieces in vec(prop::sample::select(&BEGINNINGS[..]), 0..12),
    ) {
        let bytes = pieces.concat();
        let mut whole = Reader::from_bytes(bytes.clone());
        let mut slow = Reader::from_reader(Trickle(Cursor::new(bytes)));
        prop_assert_eq!(drain(whole.by_ref()), drain(slow.by_ref()));
        prop_assert_eq!(whole.format(), slow.format());
    }

    #[test]
    fn any_lines_are_read_to_their_end(
        lines in vec("[ \t\r]{0,30}|=LDR  00000nam|x{0,70}|[0-9]{5}nam a22[0-9]{5}   4500|001 x", 0..9)
    ) {
        for format in [Format::Marcmaker, Format::Line] {
            for limit in [26, 64] {
                let options = Reader::builder().max_record_length(limit);
                read_with(lines.join("\n").as_bytes(), format, options);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in vec(any::<u8>(), 0..200)) {
        for format in TEXT {
            let given = read_with(&bytes, format, Reader::builder().max_record_length(64));
            prop_assert!(given.len() <= bytes.len() + 1);
        }
    }
}
