//! No byte of an input is ever lost: delivered records, quarantined spans and padding add up to it
//! exactly. And the other duties of a reader that finds faults.

use crate::common::{
    build::{Part, cut, misstated, put, record, simple, spoil_entry},
    cases,
    corpus::{fixture, fixture_path},
    forge::Dice,
    observe,
    shared::Shared,
    streams::{Act, Full, Script},
};
use std::io::{self, Write};
use tidemarc::{
    Error, ErrorKind, Quarantine, Reader, ReaderBuilder, Severity, check, framing::ForeignFormat,
};

/// Puts delivered records, quarantined spans and padding together again, by the offsets of the
/// records and the lines of the report.
fn assert_adds_up(builder: &ReaderBuilder, input: &[u8]) {
    let (bytes, report, padding) = (Shared::default(), Shared::default(), Shared::default());
    let quarantine = Quarantine::new(bytes.clone()).report(report.clone()).padding(padding.clone());
    let mut reader = builder.from_bytes(input.to_vec()).with_quarantine(quarantine);
    // Everything but padding is at its offset; all the rest is padding, in order.
    let mut rebuilt: Vec<Option<u8>> = vec![None; input.len()];
    let mut place = |offset: usize, bytes: &[u8]| {
        for (at, byte) in bytes.iter().enumerate() {
            assert!(rebuilt[offset + at].replace(*byte).is_none(), "delivered twice");
        }
    };
    for record in reader.by_ref().flatten() {
        place(record.offset() as usize, record.as_bytes());
    }
    let end = reader.position() as usize;
    let (bytes, report) = (bytes.bytes(), String::from_utf8(report.bytes()).unwrap());
    let mut next = 0;
    for line in report.lines() {
        let (offset, length) = (member(line, "offset"), member(line, "length"));
        assert_eq!(member(line, "quarantine_offset"), next);
        place(offset, &bytes[next..next + length]);
        next += length;
    }
    assert_eq!(next, bytes.len());
    let mut padding = padding.bytes().into_iter();
    let rebuilt: Vec<u8> =
        rebuilt[..end].iter().map(|byte| byte.unwrap_or_else(|| padding.next().unwrap())).collect();
    assert_eq!(padding.next(), None);
    assert!(rebuilt == input[..end]);
    assert!(end == input.len() || !reader.stats().complete);
}

/// Returns a number in a line of JSON.
fn member(line: &str, name: &str) -> usize {
    let name = format!("\"{name}\":");
    let value = &line[line.find(&name).unwrap_or_else(|| panic!("{line}")) + name.len()..];
    value[..value.find([',', '}']).unwrap()].parse().unwrap()
}

#[test]
fn delivered_and_quarantined_and_padding_are_the_input() {
    for case in cases::all() {
        for repair in [false, true] {
            let builder = Reader::builder()
                .repair(repair)
                .max_record_length(case.max_record_length)
                .chunk_size(50)
                .threads(2);
            assert_adds_up(&builder, &case.input);
        }
    }
    let mut damaged = fixture("books-damaged.mrc");
    let mut dice = Dice::new(11);
    for _ in 0..40 {
        let at = dice.below(damaged.len());
        damaged[at] = dice.next() as u8;
        assert_adds_up(&Reader::builder().repair(true).chunk_size(1_000), &damaged);
    }
}

#[test]
fn a_quarantine_beside_a_batch_reader_holds_the_same() {
    let of = |lend: bool| {
        let bytes = Shared::default();
        let reader = Reader::from_path(fixture_path("books-damaged.mrc")).unwrap();
        let mut reader = reader.with_quarantine(Quarantine::new(bytes.clone()));
        if lend {
            while reader.next_batch().unwrap().is_some() {}
        } else {
            while reader.next().is_some() {}
        }
        bytes.bytes()
    };
    assert!(!of(true).is_empty());
    assert_eq!(of(true), of(false));
}

#[test]
fn a_quarantine_that_cannot_be_written_ends_the_stream_with_an_error() {
    let input = [simple("a"), b"junk\x1D".to_vec(), simple("b")].concat();
    let mut reader = Reader::from_bytes(input).with_quarantine(Quarantine::new(Full));
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("the quarantine could not be written: "), "{error}");
    assert!(reader.next().is_none());
    assert!(!reader.stats().complete);
}

/// A writer that takes 7 bytes for each call, and has no room every third time.
struct Delayed(Shared, u32);

impl Write for Delayed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.0.write(&bytes[..bytes.len().min(7)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_quarantine_without_room_ends_nothing_and_gets_the_rest_later() {
    let input = [
        simple("a"),
        b"\n\r\n \n \n \n \n \n \n \n \n".to_vec(),
        b"x".repeat(100),
        b"\x1D".to_vec(),
        simple("b"),
        b"y".repeat(50),
    ]
    .concat();
    let read = |delays: bool| {
        let outputs = [Shared::default(), Shared::default(), Shared::default()];
        let [bytes, report, padding] = outputs.clone();
        let quarantine = if delays {
            let quarantine = Quarantine::new(Delayed(bytes, 0)).report(Delayed(report, 0));
            quarantine.padding(Delayed(padding, 0))
        } else {
            Quarantine::new(bytes).report(report).padding(padding)
        };
        let mut reader = Reader::from_bytes(input.clone()).with_quarantine(quarantine);
        let (mut found, mut delayed) = (Vec::new(), 0);
        for item in reader.by_ref() {
            let is_delay = |error: &Error| {
                error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            };
            match item {
                Ok(record) => found.push(record.number()),
                Err(error) if is_delay(&error) => delayed += 1,
                Err(error) => found.push(error.record_number().unwrap()),
            }
        }
        (outputs.map(|output| output.bytes()), found, format!("{:?}", reader.stats()), delayed)
    };
    let (plain, delayed) = (read(false), read(true));
    assert!(delayed.3 > 10, "{}", delayed.3);
    assert_eq!((plain.0, plain.1, plain.2), (delayed.0, delayed.1, delayed.2));
}

#[test]
fn a_reader_that_is_finished_during_a_delay_counts_what_the_quarantine_has() {
    let (first, junk) = (simple("a"), b"junk\x1D");
    let input = [&first[..], junk, &simple("b")].concat();
    let bytes = Shared::default();
    let quarantine = Quarantine::new(Delayed(bytes.clone(), 2));
    let mut reader = Reader::from_bytes(input).with_quarantine(quarantine);
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::WouldBlock);
    assert_eq!((bytes.bytes().len(), reader.position()), (0, first.len() as u64));
    let stats = reader.finish().unwrap();
    assert_eq!((&bytes.bytes()[..], stats.faults), (&junk[..], 1));
    assert_eq!(stats.position(), (first.len() + junk.len()) as u64);
}

#[test]
fn faults_that_are_skipped_are_counted_by_their_kind() {
    let mut reader =
        Reader::builder().skip_faults(true).from_path(fixture_path("books-damaged.mrc")).unwrap();
    assert!(reader.by_ref().all(|result| result.is_ok()));
    let kinds: Vec<_> = reader.stats().kinds().collect();
    let expected =
        [(ErrorKind::RecordLength, 2), (ErrorKind::Directory, 1), (ErrorKind::RecordTerminator, 1)];
    assert_eq!(kinds, expected);
    assert_eq!(reader.stats().faults, 4);
    let shown = format!("{:?}", reader.stats());
    let kinds = r#"kinds: {"record_length": 2, "directory": 1, "record_terminator": 1} }"#;
    assert!(shown.ends_with(kinds), "{shown}");
}

#[test]
fn the_fault_beyond_the_last_that_is_put_up_with_ends_the_stream() {
    let junk = b"junk\x1D";
    let input = [&simple("a")[..], junk, &simple("b"), junk, junk, &simple("c")].concat();
    for (skip, expected) in [(false, "record fault record end"), (true, "record record end")] {
        for threads in [1, 2] {
            let builder = Reader::builder().max_faults(1).skip_faults(skip).threads(threads);
            let mut reader = builder.chunk_size(10).from_bytes(input.clone());
            let word = |result: Result<_, Error>| match result {
                Ok(_) => "record",
                Err(error) if error.kind() == ErrorKind::TooManyFaults => {
                    assert_eq!((error.severity(), error.offset()), (Severity::Fatal, Some(123)));
                    assert!(error.to_string().contains("record length"), "{error}");
                    assert_eq!(error.last_fault().map(Error::kind), Some(ErrorKind::RecordLength));
                    assert_eq!(error.clone().to_string(), error.to_string());
                    "end"
                }
                Err(_) => "fault",
            };
            let words: Vec<_> = reader.by_ref().map(word).collect();
            assert_eq!(words.join(" "), expected);
            assert_eq!((reader.stats().faults, reader.stats().complete), (2, false));
        }
    }
    let mut lender = Reader::builder().max_faults(1).from_bytes(input.clone());
    assert!(lender.next_batch().unwrap().is_some());
    assert_eq!(lender.next_batch().unwrap_err().kind(), ErrorKind::TooManyFaults);
    assert!(lender.next_batch().unwrap().is_none());
    let all = Reader::builder().max_faults(3).from_bytes(input);
    assert_eq!(all.filter(Result::is_ok).count(), 3);
}

#[test]
fn a_reader_may_begin_at_any_record() {
    let input = fixture("books-damaged.mrc");
    let all: Vec<_> = Reader::from_bytes(input.clone()).collect();
    let place = |result: &Result<tidemarc::SharedRecord, Error>| match result {
        Ok(record) => (record.offset(), record.as_bytes().to_vec()),
        Err(error) => (error.offset().unwrap(), error.raw().to_vec()),
    };
    let expected: Vec<_> = all.iter().map(place).collect();
    for (at, (start, _)) in expected.iter().enumerate() {
        let builder = Reader::builder().start(*start).chunk_size(3_000).threads(1 + at % 3);
        let readers = [
            builder.from_bytes(input.clone()),
            builder.from_reader(io::Cursor::new(input.clone())),
            builder.from_path(fixture_path("books-damaged.mrc")).unwrap(),
        ];
        for mut reader in readers {
            assert_eq!(reader.position(), *start);
            let rest: Vec<_> = reader.by_ref().map(|result| place(&result)).collect();
            assert_eq!(rest, expected[at..]);
            assert_eq!(reader.position(), input.len() as u64);
            assert!(reader.stats().complete);
        }
    }
    for beyond in [input.len() as u64, input.len() as u64 + 10] {
        let builder = Reader::builder().start(beyond);
        assert_eq!(builder.from_bytes(input.clone()).count(), 0);
        assert_eq!(builder.from_reader(io::Cursor::new(input.clone())).count(), 0);
        assert_eq!(builder.from_path(fixture_path("books-damaged.mrc")).unwrap().count(), 0);
    }
}

/// Makes records as CDS/ISIS exports them, in lines of 80 characters.
fn isis(field_end: &str, record_end: &str) -> Vec<u8> {
    let (text, mut directory) = ("^aone^btwo", String::new());
    for at in 0..6 {
        directory += &format!("{:03}{:04}{:05}", 10 + at, text.len() + 1, at * (text.len() + 1));
    }
    let data = format!("{text}{field_end}").repeat(6);
    let base = 25 + directory.len();
    let length = base + data.len() + 1;
    let record =
        format!("{length:05}0000000{base:05}0004500{directory}{field_end}{data}{record_end}");
    let lines: Vec<_> = record.as_bytes().chunks(80).collect();
    [lines.join(&b"\r\n"[..]), b"\r\n".to_vec()].concat().repeat(300)
}

#[test]
fn an_input_in_another_format_is_one_fatal_error_that_says_which() {
    let page = b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n".repeat(3_000);
    let zip = [&b"PK\x03\x04"[..], &(0..=255).collect::<Vec<u8>>().repeat(900)].concat();
    let utf16: Vec<u8> = simple("x").iter().flat_map(|&byte| [byte, 0]).collect();
    for (input, format) in [
        (page, ForeignFormat::Html),
        (b"<?xml version=\"1.0\"?><collection/>".to_vec(), ForeignFormat::Xml),
        (b"[{\"leader\": \"\"}]".to_vec(), ForeignFormat::Json),
        (zip, ForeignFormat::Zip),
        (utf16, ForeignFormat::Utf16),
        (isis("#", "##"), ForeignFormat::Isis),
        (isis("#", "\x1D"), ForeignFormat::Isis),
        (isis("\x1E", "\x1D"), ForeignFormat::Isis),
        (isis("#30;", "#29;"), ForeignFormat::SpelledSeparators),
        (
            b"LEADER 00000cam  2200289Ia 4500\n245 10 Title /|cAuthor\n".repeat(3_000),
            ForeignFormat::Innovative,
        ),
        (
            b"000000228 LDR   L ^^^^^nam^a22002891^^4500\n000000228 24500 L $$aTitle\n"
                .repeat(3_000),
            ForeignFormat::AlephSequential,
        ),
    ] {
        for (chunk_size, threads) in [(100, 1), (100, 2), (1 << 16, 1)] {
            let builder = observe::iso2709().repair(true).chunk_size(chunk_size).threads(threads);
            let mut reader = builder.from_bytes(input.clone());
            let error = reader.next().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Foreign);
            assert_eq!(error.severity(), Severity::Fatal);
            assert_eq!(error.looks_like(), Some(format));
            let words = format!("the input looks like {format}, not MARC: {}", format.remedy());
            assert!(error.to_string().ends_with(&words), "{error}");
            assert!(reader.next().is_none(), "one error");
            assert!(!reader.stats().complete);
        }
    }
    // Without repair the fault has its usual kind, and its message says what the input looks like.
    let mut reader = observe::iso2709().from_bytes(&b"<html></html>"[..]);
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecordLength);
    assert!(error.reason().starts_with("the input looks like HTML, not MARC: "), "{error}");
    assert!(
        error.reason().ends_with(
            "; read as MARC, the record length (leader/00-04) is not the record's length: says \"<html\", has 13"
        )
    );
    // Records after foreign bytes are records.
    let input = [b"<html></html>".to_vec(), simple("a"), simple("b")].concat();
    assert_eq!(Reader::builder().repair(true).from_bytes(input).flatten().count(), 2);
}

#[test]
fn a_failure_of_the_source_comes_after_what_was_read_before_it() {
    for repair in [false, true] {
        let acts =
            vec![Act::Give(misstated(simple("a"), 7)), Act::Give(simple("b")), Act::Fail("gone")];
        let builder = Reader::builder().repair(repair).threads(1);
        let mut reader = builder.from_reader(Script(acts));
        assert_eq!(reader.next().unwrap().is_ok(), repair);
        assert!(reader.next().unwrap().is_ok());
        assert_eq!(reader.next().unwrap().unwrap_err().kind(), ErrorKind::Io);
    }
}

#[test]
fn a_repaired_record_keeps_its_bytes_and_writes_a_sound_one() {
    let sound = record(&[("001", b"id"), ("245", b"10\x1FaTitle"), ("500", b"  \x1FaNote")]);
    let damaged = spoil_entry(put(sound.clone(), 0, b"abcde"), 2, Part::Length, b"x");
    let mut reader = Reader::builder().repair(true).from_bytes(damaged.clone());
    let found = reader.next().unwrap().unwrap();
    assert!(found.is_repaired());
    assert_eq!(found.as_bytes(), damaged);
    assert_eq!(found.to_owned().to_iso2709().unwrap(), sound);
    let faults = found.faults();
    let codes: Vec<_> = faults.iter().map(|fault| fault.code()).collect();
    assert_eq!(codes, ["TM101", "TM201"]);
    assert_eq!((faults[1].entry(), faults[1].tag()), (Some(2), Some((*b"245").into())));
    assert_eq!((faults[0].location(), faults[1].location()), (0..5, 36..48));
    assert!(faults.iter().all(|fault| fault.control_number() == Some("id")));
    assert_eq!((reader.stats().repaired, reader.stats().records), (1, 1));
}

#[test]
fn check_says_in_a_few_lines_what_a_file_has() {
    let summary = check(fixture_path("books-damaged.mrc")).unwrap();
    assert!(!summary.is_sound());
    let text = summary.to_string();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert!(lines[0].contains("59 records in 73083 bytes, 2 repaired whole; 2 bad spans"));
    assert!(lines[1].starts_with("TM302 record lost"), "{text}");
    assert!(lines[3].starts_with("TM501 field lost") && lines[3].contains("field 245: byte E9"));
    assert!(lines[5].starts_with("TM101 repaired"), "{text}");
    let summary = check(fixture_path("books.mrc")).unwrap();
    assert!(summary.is_sound() && summary.stats().records == 60, "{summary}");
    assert_eq!(check("no such file").unwrap_err().kind(), ErrorKind::Io);
    let cut = Reader::builder().repair(true).from_bytes(cut(simple("a"), 9));
    assert!(!tidemarc::Summary::of(cut).unwrap().is_sound());
}

#[test]
fn every_kind_has_a_section_in_the_documentation() {
    let text = include_str!("../../docs/faults.md");
    for kind in ErrorKind::ALL {
        let (code, name, severity) = (kind.code(), kind.name(), kind.severity().name());
        let anchor = code.to_lowercase();
        let row = format!("| [{code}](#{anchor}-{name}) | `{name}` | `{severity}` |");
        assert!(text.contains(&row), "{row}");
        let section = text.split(&format!("\n## {code} {name}\n")).nth(1).expect(code);
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains("*For example:*") && section.contains("*Remedy:*"), "{code}");
    }
}
