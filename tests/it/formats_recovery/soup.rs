//! Pieces of text formats in any order: they are read the same however they come.

use super::*;
use proptest::{collection::vec, prelude::*};

/// What JSON is made of, in any order.
const PIECES: [&str; 31] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    " ",
    "\n",
    "1",
    "x",
    "\"a\"",
    "\"leader\"",
    "\"fields\"",
    "\"leader\":",
    "\"fields\":[",
    "{\"leader\":\"00000nam a2200000   4500\",\"fields\":[{\"001\":\"a\"}]}",
    "{\"_id\":1,\"leader\":\"00000nam a2200000   4500\",\"fields\":[{\"001\":\"b\"}]}",
    "{\"a\":1},",
    "\n{\"_id\":",
    "{\"fields\":[{",
    "\"_id\":1,",
    "{\"records\":[",
    "{\"x\":{\"fields\":[{\"001\":\"c\"}]}},",
    "é",
    "null",
    "\u{FEFF}",
    "\"\\u006ceader\":",
    "{\"245\":{\"ind1\":\"0\"}},",
    "{\"fields\"",
];

/// What XML is made of that is no tag.
const SECTIONS: [&str; 20] = [
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<?xml ",
    "<!DOCTYPE a [",
    "]>",
    "<!ENTITY a 'x'>",
    ">",
    "'",
    "<collection>",
    "</collection>",
    "<record>",
    "</record>",
    "<record/>",
    "<leader>x</leader>",
    "text",
    "\n",
];

/// Reads it however it comes, which must be the same; every byte once, in order, and to the end.
fn check(bytes: &[u8], format: Format, limit: usize) -> Result<(), TestCaseError> {
    let mut end = 0;
    for given in read_with(bytes, format, Reader::builder().max_record_length(limit)) {
        let (Given::Record { offset, .. } | Given::Fault { offset, .. }) = given;
        prop_assert!(offset >= end);
        end = offset;
        if let Given::Fault { raw, .. } = given {
            let at = offset as usize;
            prop_assert_eq!(&bytes[at..at + raw.len()], &raw);
            end += raw.len() as u64;
        }
    }
    prop_assert!(end <= bytes.len() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn a_soup_of_json_reads_the_same_however_it_comes(
        pieces in vec(prop::sample::select(&PIECES[..]), 0..30),
        limit in prop_oneof![Just(1 << 20), 20..200usize],
    ) {
        let bytes = pieces.concat().into_bytes();
        check(&bytes, Format::Json, limit)?;
    }

    #[test]
    fn a_soup_of_sections_reads_the_same_however_it_comes(
        pieces in vec(prop::sample::select(&SECTIONS[..]), 0..30),
        limit in prop_oneof![Just(1 << 20), 20..200usize],
    ) {
        let bytes = pieces.concat().into_bytes();
        check(&bytes, Format::Marcxml, limit)?;
    }

    #[test]
    fn reading_goes_on_behind_any_record(
        damaged in 0..4usize,
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(&b"<>\"{}[]\\&=x\n!?-"[..]),
        is_late in any::<bool>(),
    ) {
        for format in [Format::Marcxml, Format::Json] {
            let mut records: Vec<_> = (0..5)
                .map(|number| match (format, is_late) {
                    (Format::Marcxml, _) => xml(&number.to_string()),
                    (_, true) => late(number),
                    _ => json(number),
                })
                .collect();
            let at = 1 + at.index(records[damaged].len() - 2);
            records[damaged].replace_range(at..=at, char::from(byte).encode_utf8(&mut [0; 4]));
            let text = match format {
                Format::Marcxml => collection(&records),
                _ => format!("[{}]", records.join(", ")),
            };
            let builder = Reader::builder().format(format);
            let given = drain(builder.from_bytes(text.clone().into_bytes()));
            let mut told = told_records(&given);
            told.retain(|number| *number != damaged.to_string());
            let expected: Vec<_> = (0..5).filter(|at| *at != damaged).map(|at| at.to_string()).collect();
            let found = expected.iter().all(|number| told.contains(number));
            prop_assert!(found, "{}: {:?}", text, told);
        }
    }
}
