//! Quarantines that are files: their previous content, the messages if they cannot be written, and
//! the report to a caller that stops early.

use crate::common::{
    build::simple,
    corpus::{fixture, fixture_path},
    folder::Folder,
    streams::Full,
};
use std::{
    fs,
    io::{self, BufWriter},
    path::PathBuf,
};
use tidemarc::{Error, ErrorKind, Quarantine, Reader, check};

fn kind_of(error: &Error) -> io::ErrorKind {
    error.io_error().unwrap().kind()
}

#[test]
fn an_input_is_never_its_own_quarantine() {
    let folder = Folder::new("own");
    let input = fixture("books-damaged.mrc");
    let path = folder.file("in.mrc", &input);
    let refused = |source: &PathBuf, quarantine: &PathBuf| {
        let quarantine = Quarantine::create(quarantine).unwrap();
        let mut reader = Reader::from_path(source).unwrap().with_quarantine(quarantine);
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!((error.kind(), kind_of(&error)), (ErrorKind::Io, io::ErrorKind::InvalidInput));
        assert!(error.to_string().contains("it is the input itself"), "{error}");
        assert!(reader.next().is_none());
        assert!(!reader.stats().complete);
        assert!(fs::read(source).unwrap() == input);
    };
    refused(&path, &path);
    // It has another name, and is in the place of the report.
    #[cfg(unix)]
    {
        let other = folder.path("other.mrc");
        std::os::unix::fs::symlink(&path, &other).unwrap();
        refused(&path, &other);
        let third = folder.path("third.mrc");
        fs::hard_link(&path, &third).unwrap();
        refused(&path, &third);
    }
    let report = folder.file("q.jsonl", &input);
    refused(&report, &folder.path("q"));
    // Shared batches have the same error.
    let quarantine = Quarantine::append(&path).unwrap();
    let mut reader = Reader::from_path(&path).unwrap().with_quarantine(quarantine);
    assert!(reader.next_batch().is_err());
    assert!(reader.next_batch().unwrap().is_none());
    assert!(fs::read(&path).unwrap() == input);
}

#[test]
fn what_a_quarantine_has_goes_only_when_a_reader_takes_it() {
    let folder = Folder::new("stale");
    let path = folder.file("q.mrc", b"what was found yesterday, which is longer than what comes");
    let report = folder.file("q.mrc.jsonl", b"{}\n");
    drop(Quarantine::create(&path).unwrap());
    assert!(Reader::from_path("no such file").is_err());
    assert!(fs::read(&path).unwrap().starts_with(b"what was found"));
    let input = [&b"junk\x1D"[..], &simple("a")].concat();
    let reader = Reader::from_bytes(input).with_quarantine(Quarantine::create(&path).unwrap());
    assert_eq!(reader.count(), 2);
    assert_eq!(fs::read(&path).unwrap(), b"junk\x1D");
    assert_eq!(fs::read_to_string(&report).unwrap().lines().count(), 1);
}

#[test]
fn a_quarantine_is_gone_on_with_behind_a_start() {
    let folder = Folder::new("append");
    let (whole, parts) = (folder.path("whole.mrc"), folder.path("parts.mrc"));
    let input = fixture_path("books-damaged.mrc");
    let reader = Reader::from_path(&input).unwrap();
    assert_eq!(reader.with_quarantine(Quarantine::create(&whole).unwrap()).count(), 61);
    let mut start = 0;
    for _ in 0..7 {
        let quarantine = Quarantine::append(&parts).unwrap();
        let reader = Reader::builder().start(start).from_path(&input).unwrap();
        let mut reader = reader.with_quarantine(quarantine);
        reader.by_ref().take(9).for_each(drop);
        start = reader.finish().unwrap().position();
    }
    assert!(fs::read(&whole).unwrap() == fs::read(&parts).unwrap());
    let places = |path: &PathBuf| {
        let mut report = path.clone().into_os_string();
        report.push(".jsonl");
        let place = |line: &str| line.rsplit_once("\"quarantine_offset\":").unwrap().1.to_owned();
        fs::read_to_string(report).unwrap().lines().map(place).collect::<Vec<_>>()
    };
    assert_eq!(places(&whole), places(&parts));
}

#[test]
fn what_a_quarantine_holds_back_and_cannot_write_is_said_once() {
    let input = [simple("a"), b"junk\x1D".to_vec(), simple("b")].concat();
    let reader = || {
        let quarantine = Quarantine::new(BufWriter::new(Full));
        Reader::from_bytes(input.clone()).with_quarantine(quarantine)
    };
    let mut whole = reader();
    let words: Vec<_> =
        whole.by_ref().map(|result| result.map_err(|error| error.kind()).err()).collect();
    let expected = [None, Some(ErrorKind::RecordLength), None, Some(ErrorKind::Io)];
    assert_eq!(words, expected, "and no more");
    assert!(!whole.stats().complete);

    let mut lent = reader();
    assert!(lent.next_batch().unwrap().is_some());
    assert_eq!(kind_of(&lent.next_batch().unwrap_err()), io::ErrorKind::StorageFull);
    assert!(lent.next_batch().unwrap().is_none());

    let mut early = reader();
    assert_eq!(early.by_ref().take(2).filter(Result::is_ok).count(), 1);
    let error = early.finish().unwrap_err();
    assert_eq!(kind_of(&error), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("quarantine"), "{error}");
    assert_eq!(error.into_io_error().unwrap().kind(), io::ErrorKind::StorageFull);

    let mut limited = Reader::builder()
        .max_faults(0)
        .from_bytes(input.clone())
        .with_quarantine(Quarantine::new(BufWriter::new(Full)));
    assert!(limited.next().unwrap().is_ok());
    assert_eq!(limited.next().unwrap().unwrap_err().kind(), ErrorKind::TooManyFaults);
    assert_eq!(limited.next().unwrap().unwrap_err().kind(), ErrorKind::Io);
    assert!(limited.next().is_none());

    let mut sound = Reader::from_bytes(simple("a")).with_quarantine(Quarantine::new(Full));
    assert_eq!(sound.by_ref().count(), 1);
    assert!(sound.finish().unwrap().complete);
}

#[cfg(target_os = "linux")]
#[test]
fn the_error_names_the_quarantine_and_not_only_the_input() {
    let folder = Folder::new("full");
    let path = folder.path("q.mrc");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let reader = Reader::from_path(fixture_path("books-damaged.mrc")).unwrap();
    let reader = reader.with_quarantine(Quarantine::create(&path).unwrap());
    let error = reader.filter_map(Result::err).last().unwrap();
    let said = format!("the quarantine {} could not be written: No space left", path.display());
    assert!(error.to_string().contains(&said), "{error}");
    assert_eq!(error.io_error().unwrap().raw_os_error(), Some(28));
}

#[test]
fn the_pieces_of_a_long_span_say_of_which_fault_they_are() {
    let folder = Folder::new("pieces");
    let (path, junk) = (folder.path("q.mrc"), b"x".repeat(1_000));
    let builder = Reader::builder();
    let mut reader = builder
        .max_record_length(300)
        .chunk_size(100)
        .from_path(folder.file("in.mrc", &junk))
        .unwrap()
        .with_quarantine(Quarantine::create(&path).unwrap());
    let error = reader.next().unwrap().unwrap_err();
    assert!(reader.next().is_none());
    assert!(error.length() < 1_000);
    let report = fs::read_to_string(path.with_extension("mrc.jsonl")).unwrap();
    let lines: Vec<_> = report.lines().collect();
    assert!(lines.len() > 1, "{report}");
    assert!(lines[0].starts_with(&error.to_json()[..error.to_json().len() - 1]));
    let head = lines[0].split(",\"offset\"").next().unwrap();
    for line in &lines[1..] {
        assert!(line.starts_with(head) && line.contains("\"continued\":true"), "{line}");
        assert!(line.contains("\"code\":\"TM") && line.contains("\"severity\":\"lost_record\""));
    }
    assert!(fs::read(&path).unwrap() == junk);
}

#[test]
fn a_limit_on_faults_costs_nothing_where_there_are_many_in_a_chunk() {
    // This once took a step over all faults of the chunk for each of them.
    let input = b"\x1D".repeat(1 << 16);
    let all = Reader::from_bytes(input.clone()).count();
    assert_eq!(Reader::builder().max_faults(u64::MAX - 1).from_bytes(input).count(), all);
}

#[test]
fn a_control_number_is_what_it_is() {
    for (number, shown) in [
        (&b"O'Brien\\1"[..], "O'Brien\\1"),
        ("é".as_bytes(), "é"),
        (b"a\x1Bb\xE9", "a\\u001bb\\xe9"),
    ] {
        let sound = crate::common::build::record(&[("001", number), ("245", b"10\x1FaTitle")]);
        let damaged = crate::common::build::misstated(sound, 7);
        let mut reader = Reader::builder().repair(true).from_bytes(damaged);
        let record = reader.next().unwrap().unwrap();
        assert_eq!(record.faults()[0].control_number(), Some(shown));
    }
    let long =
        crate::common::build::record(&[("001", &b"n".repeat(8_000)), ("245", b"10\x1FaTitle")]);
    let mut reader = Reader::from_bytes(crate::common::build::misstated(long, 7));
    let error = reader.next().unwrap().unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
}

#[test]
fn subfield_delimiters_without_a_code_are_one_fault_a_field() {
    let folder = Folder::new("bare");
    let field = [b"10".to_vec(), b"\x1F".repeat(9_000)].concat();
    let record = crate::common::build::record(&[("001", b"x"), ("245", &field)]);
    let input = [record.clone(), simple("a"), record].concat();
    let summary = check(folder.file("in.mrc", &input)).unwrap();
    let (count, first) = summary.faults().find(|(_, error)| error.code() == "TM503").unwrap();
    assert_eq!(count, 2);
    assert!(first.reason().ends_with("9000 times"), "{first}");
    assert_eq!(first.location().end - first.location().start, 1);
}
