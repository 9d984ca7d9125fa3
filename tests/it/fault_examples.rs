//! The examples of `docs/faults.md`, checked against the reader.

use crate::common::build::{
    Part, assemble, cut, entry, insert, misstated, put, record, simple, spoil_entry,
};
use tidemarc::{Reader, Summary};

/// Returns the report on an input: codes and severities.
fn told_of(input: &[u8], repair: bool) -> Vec<String> {
    let builder = Reader::builder().repair(repair).max_record_length(1 << 17);
    let summary = Summary::of(builder.from_bytes(input.to_vec())).unwrap();
    let word = |(_, error): (u64, &tidemarc::Error)| {
        format!("{} {}", error.code(), error.severity().name())
    };
    let mut told: Vec<_> = summary.faults().map(word).collect();
    told.sort();
    told
}

/// The words of an example on the page, an input like it, and the reports on it without `repair`
/// and with it: codes and severities, separated by commas.
type Example = (&'static str, &'static str, Vec<u8>, &'static str, &'static str);

const FIELDS: [(&str, &[u8]); 4] =
    [("001", b"id1"), ("245", b"10\x1FaTitle"), ("300", b"  \x1Fa5 p."), ("500", b"  \x1FaNote")];

/// Makes a sound record of 106 bytes, with the base address 73.
fn sound() -> Vec<u8> {
    record(&FIELDS)
}

/// Sets the numbers of a record to match a directory that has become longer or shorter.
fn counted(record: Vec<u8>, base: usize) -> Vec<u8> {
    let length = record.len();
    put(put(record, 0, format!("{length:05}").as_bytes()), 12, format!("{base:05}").as_bytes())
}

/// Makes the sound record without the directory entry of its last field, whose data remains.
fn unlisted() -> Vec<u8> {
    let mut record = sound();
    record.drain(60..72);
    counted(record, 61)
}

/// Makes a record with a field of 12,005 bytes, whose entry has a digit too many.
fn wide() -> Vec<u8> {
    let note = [b"  \x1Fa", &b"w".repeat(12_000)[..], b"\x1E"].concat();
    assemble(b"5201200500000650001312005", &[&note[..], b" 0\x1FaSubject.\x1E"].concat())
}

/// Makes a record in UTF-8 whose directory counts characters.
fn in_characters() -> Vec<u8> {
    let (mut directory, mut data, mut start) = (Vec::new(), Vec::new(), 0);
    for (tag, text) in [("001", "id1"), ("245", "10\x1FaÉté à Noël"), ("500", "  \x1FaNoté")] {
        let length = text.chars().count() + 1;
        directory.extend(entry(tag, length, start));
        data.extend([text.as_bytes(), b"\x1E"].concat());
        start += length;
    }
    put(assemble(&directory, &data), 9, b"a")
}

fn in_lines() -> Vec<u8> {
    let text = b"10\x1FaTitle\nin three\nlines";
    let record = record(&[("001", b"id1"), ("245", text), ("500", b"  \x1FaNote")]);
    let doubled = |byte: u8| if byte == b'\n' { b"\r\n".to_vec() } else { vec![byte] };
    record.into_iter().flat_map(doubled).collect()
}

/// Makes a record above 99,999 bytes, whose starts have their last five digits.
fn beyond_five_digits() -> Vec<u8> {
    let (mut directory, mut data) = (String::new(), Vec::new());
    for tag in 500..530 {
        let field = [&b"  \x1Fa"[..], &b"x".repeat(4_000), b"\x1E"].concat();
        directory += &format!("{tag}{:04}{:05}", field.len(), data.len() % 100_000);
        data.extend(field);
    }
    let leader = format!("99999nam a22{:05}   4500", 25 + directory.len());
    [leader.as_bytes(), directory.as_bytes(), b"\x1E", &data, b"\x1D"].concat()
}

fn with(second: &[u8]) -> Vec<u8> {
    record(&[("001", b"id1"), ("245", second)])
}

fn examples() -> Vec<Example> {
    assert_eq!((sound().len(), simple("of 63").len()), (106, 63));
    let of_63 = [&b"\0\x43\0\0"[..], &simple("of 63")].concat();
    let page = b"<!DOCTYPE html><html></html>".repeat(10);
    let stray_1 = "TM101 lost_record";
    let mended_1 = "TM101 repaired";
    let both_203 = "TM101 repaired,TM203 repaired";
    let length = |text: &[u8]| put(sound(), 0, text);
    let lost_digit = {
        let mut record = sound();
        record.remove(41);
        counted(record, 72)
    };
    let overlapping = {
        let directory = [entry("245", 10, 0), entry("500", 20, 0)].concat();
        assemble(&directory, b"10\x1FaTitle\x1E  \x1FaNoted\x1E")
    };
    vec![
        ("TM101", "`00787nam a22…`", misstated(sound(), 7), stray_1, mended_1),
        ("TM101", "`abcde`", length(b"abcde"), stray_1, mended_1),
        ("TM101", "`00000`", length(b"00000"), stray_1, mended_1),
        ("TM101", "`99999`", length(b"99999"), stray_1, mended_1),
        ("TM101", "Junk between records", b"some junk here\x1D".to_vec(), stray_1, stray_1),
        (
            "TM102",
            "A control character at leader/08",
            put(sound(), 8, b"\x01"),
            "TM102 lost_record",
            "TM102 repaired",
        ),
        (
            "TM102",
            "the tail of a record whose head was lost",
            sound()[40..].to_vec(),
            "TM102 lost_record",
            "TM102 lost_record",
        ),
        ("TM103", "`00000`", put(sound(), 12, b"00000"), "TM103 lost_record", "TM103 repaired"),
        (
            "TM103",
            "one more than it should be",
            put(sound(), 12, b"00074"),
            "TM103 lost_record",
            "TM103 repaired",
        ),
        (
            "TM103",
            "the 0x1E behind the directory is gone",
            put(sound(), 72, b" "),
            "TM103 lost_record",
            "TM103 repaired",
        ),
        ("TM104", "`  `", put(sound(), 10, b"  "), "TM104 information", "TM104 information"),
        ("TM104", "`00`", put(sound(), 10, b"00"), "TM104 information", "TM104 information"),
        ("TM105", "`450 `", put(sound(), 20, b"450 "), "TM105 information", "TM105 information"),
        ("TM105", "`45  `", put(sound(), 20, b"45  "), "TM105 information", "TM105 information"),
        ("TM105", "`45e0`", put(sound(), 20, b"45e0"), "TM105 information", "TM105 information"),
        (
            "TM201",
            "`245xxxx00073`",
            spoil_entry(sound(), 2, Part::Length, b"xxxx"),
            "TM201 lost_record",
            "TM201 repaired",
        ),
        (
            "TM201",
            "an entry that points past the end",
            spoil_entry(sound(), 2, Part::Start, b"90000"),
            "TM201 lost_record",
            "TM201 repaired",
        ),
        (
            "TM201",
            "three blanks as a tag",
            spoil_entry(sound(), 2, Part::Tag, b"   "),
            "TM201 lost_record",
            "TM201 lost_field",
        ),
        (
            "TM201",
            "a length that is off by one",
            spoil_entry(sound(), 2, Part::Length, b"0011"),
            "TM301 lost_record",
            "TM201 repaired",
        ),
        (
            "TM202",
            "A blank behind the last entry",
            counted(insert(sound(), 72, b" "), 74),
            "TM103 lost_record",
            "TM202 repaired",
        ),
        (
            "TM202",
            "a digit lost in the middle",
            lost_digit,
            "TM103 lost_record",
            "TM202 lost_field",
        ),
        (
            "TM202",
            "`5201200500000`, the entry of a field of 12,005 bytes",
            wide(),
            "TM103 lost_record",
            "TM202 repaired",
        ),
        (
            "TM203",
            "whose writer counted characters",
            in_characters(),
            "TM301 lost_record",
            "TM203 repaired",
        ),
        ("TM203", "LF turned into CR LF", in_lines(), "TM302 lost_record", both_203),
        (
            "TM203",
            "a record above 99,999 bytes",
            beyond_five_digits(),
            "TM201 lost_record",
            both_203,
        ),
        (
            "TM204",
            "A last field that was deleted from the directory and not from the data",
            unlisted(),
            "TM201 lost_record",
            "TM204 lost_field",
        ),
        (
            "TM301",
            "A byte was overwritten",
            put(sound(), 86, b"x"),
            "TM301 lost_record",
            "TM301 repaired",
        ),
        (
            "TM302",
            "A record cut in its middle",
            cut(sound(), 20),
            "TM302 lost_record",
            "TM302 lost_record",
        ),
        (
            "TM302",
            "LF in place of 0x1D",
            put(sound(), 105, b"\n"),
            "TM302 lost_record",
            "TM302 repaired",
        ),
        (
            "TM303",
            "Binary data in a field",
            with(b"10\x1Faa\x1E\x1Db"),
            "TM303 information",
            "TM303 information",
        ),
        (
            "TM303",
            "two entries that overlap",
            overlapping,
            "TM303 information",
            "TM303 information",
        ),
        (
            "TM402",
            "Megabytes of junk",
            b"x".repeat(1 << 18),
            "TM402 lost_record",
            "TM402 lost_record",
        ),
        ("TM403", "`00 43 00 00`", of_63, "TM403 information", "TM403 information"),
        ("TM404", "An error page in HTML", page, stray_1, "TM404 fatal"),
        (
            "TM502",
            "`10Title` + 0x1F + `bsubtitle`",
            with(b"10Title\x1Fbsubtitle"),
            "TM502 information",
            "TM502 information",
        ),
        (
            "TM503",
            "0x1F at the end of a field",
            with(b"10\x1FaTitle\x1F"),
            "TM503 information",
            "TM503 information",
        ),
        (
            "TM503",
            "two in a row",
            with(b"10\x1F\x1FaTitle"),
            "TM503 information",
            "TM503 information",
        ),
        (
            "TM504",
            "A field of indicators alone",
            with(b"10"),
            "TM504 information",
            "TM504 information",
        ),
        (
            "TM504",
            "a local field that is written like a control field",
            with(b"local data"),
            "TM504 information",
            "TM504 information",
        ),
    ]
}

#[test]
fn the_examples_of_the_documentation_are_what_it_says() {
    let page = include_str!("../../docs/faults.md");
    let commas = |told: Vec<String>| told.join(",");
    let mut wrong = Vec::new();
    for (code, words, input, without, repaired) in examples() {
        let section = page.split(&format!("\n## {code} ")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains(words), "{code}: {words}");
        // A page of HTML is recognised only at the start of the input; the other examples may be
        // between sound records.
        let input = match code {
            "TM404" => input,
            _ => [simple("a"), input, simple("b")].concat(),
        };
        let found = (commas(told_of(&input, false)), commas(told_of(&input, true)));
        if (found.0.as_str(), found.1.as_str()) != (without, repaired) {
            wrong.push((code, words, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let truncated = cut(sound(), 20);
    for repair in [false, true] {
        assert_eq!(told_of(&truncated, repair), ["TM401 lost_record"]);
    }
}

/// Checks that the severities in the table, without `repair`, are those of the examples.
#[test]
fn the_table_of_the_documentation_says_what_there_is_without_repair() {
    let page = include_str!("../../docs/faults.md");
    for (code, words, _, without, _) in examples() {
        let row = page.lines().find(|line| line.starts_with(&format!("| [{code}]"))).unwrap();
        let column = row.split('|').nth(4).unwrap();
        let (told, severity) = without.split_once(' ').unwrap();
        let is_told = if told == code { column.contains("the same") } else { true };
        assert!(
            is_told && (column.contains(told) || column.contains("the same")),
            "{code} {words}"
        );
        assert!(severity == "information" || severity == "lost_record", "{code} {words}");
    }
}
