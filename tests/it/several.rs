//! Several files read as one: the same records, faults and positions as from each file alone.

use crate::common::{
    corpus::{fixture, fixture_path, fixture_records},
    folder::Folder,
    shared::Shared,
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};
use tidemarc::{
    Error, ErrorKind, Item, Quarantine, Reader, ReaderBuilder, ReportFormat, Stats, Summary, files,
};

/// A record or an error, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    file: Option<String>,
    number: Option<u64>,
    overall: Option<u64>,
    offset: Option<u64>,
    content: Result<Vec<u8>, String>,
}

impl Seen {
    fn of_error(error: &Error) -> Self {
        Self {
            file: error.input_name().map(String::from),
            number: error.record_number(),
            overall: error.overall_number(),
            offset: error.offset(),
            content: Err(error.to_string()),
        }
    }

    fn of_path(path: &Path) -> String {
        path.to_str().unwrap().to_owned()
    }
}

/// Returns everything that a reader delivers.
fn seen(reader: &mut Reader) -> Vec<Seen> {
    let of = |item: Result<tidemarc::SharedRecord, Error>| match item {
        Ok(record) => Seen {
            file: record.input_name().map(String::from),
            number: Some(record.number()),
            overall: Some(record.overall_number()),
            offset: Some(record.offset()),
            content: Ok(record.as_bytes().to_vec()),
        },
        Err(error) => Seen::of_error(&error),
    };
    reader.map(of).collect()
}

/// Does the same, batch by batch.
fn seen_in_batches(reader: &mut Reader) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        for item in batch.items() {
            seen.push(match item {
                Item::Record(record) => Seen {
                    file: record.input_name().map(String::from),
                    number: Some(record.number()),
                    overall: Some(record.overall_number()),
                    offset: Some(record.offset()),
                    content: Ok(record.as_bytes().to_vec()),
                },
                Item::Fault(error) => Seen::of_error(&error),
            });
        }
    }
    seen
}

/// Returns what the readers of each file alone deliver, with the numbers that a reader of all has.
fn one_by_one(builder: &ReaderBuilder, paths: &[PathBuf]) -> (Vec<Seen>, Vec<Stats>) {
    let (mut all, mut stats, mut before) = (Vec::new(), Vec::new(), 0);
    for path in paths {
        let mut reader = builder.from_path(path).unwrap();
        let mut seen = seen(&mut reader);
        for seen in &mut seen {
            seen.overall = seen.number.map(|number| before + number);
        }
        before += reader.stats().records + reader.stats().faults;
        stats.push(reader.stats());
        all.extend(seen);
    }
    (all, stats)
}

fn builders() -> Vec<ReaderBuilder> {
    let mut builders = Vec::new();
    for (threads, chunk_size) in [(1, 700), (1, 1 << 16), (2, 64), (8, 5_000)] {
        let builder = Reader::builder().threads(threads).chunk_size(chunk_size);
        builders.extend([builder.clone(), builder.clone().repair(true), builder.max_faults(1)]);
    }
    builders.push(Reader::builder());
    builders.push(Reader::builder().threads(1).chunk_size(1));
    builders.push(Reader::builder().read_ahead(false));
    builders
}

/// Files of all sorts: sound, damaged, cut, empty, padding, foreign, one twice.
fn assorted(folder: &Folder) -> Vec<PathBuf> {
    let (sound, damaged) = (fixture("books.mrc"), fixture("books-damaged.mrc"));
    let mut paths = vec![
        folder.file("b.mrc", &sound),
        folder.file("empty.mrc", b""),
        folder.file("damaged.mrc", &damaged),
        folder.file("page.html", b"<!DOCTYPE html><html><body>not found</body></html>"),
        folder.file("cut.mrc", &sound[..sound.len() - 10]),
        folder.file("blank.mrc", b"\n\n\n"),
        folder.file("zip.mrc", [b"PK\x03\x04", &sound[..30_000]].concat()),
        folder.file("a.mrc", &fixture_records("books.mrc")[3]),
    ];
    paths.push(paths[0].clone());
    #[cfg(feature = "formats")]
    for format in crate::common::formats::TEXT {
        paths.push(folder.file(format.name(), converted(format)));
    }
    paths.push(paths[2].clone());
    paths
}

/// Returns the records of a fixture in another format.
#[cfg(feature = "formats")]
fn converted(format: tidemarc::format::Format) -> Vec<u8> {
    let mut writer = tidemarc::Writer::new(Vec::new(), format);
    let reader = Reader::from_path(fixture_path("books.mrc")).unwrap();
    tidemarc::convert(reader, &mut writer).unwrap();
    writer.finish().unwrap()
}

#[test]
fn several_files_are_the_same_as_each_alone() {
    let folder = Folder::new("several");
    let paths = assorted(&folder);
    for builder in builders() {
        let (expected, alone) = one_by_one(&builder, &paths);
        let mut reader = builder.from_paths(&paths).unwrap();
        assert_eq!(seen(&mut reader), expected, "{builder:?}");

        let stats = reader.stats();
        let sum = |count: fn(&Stats) -> u64| alone.iter().map(count).sum::<u64>();
        assert_eq!(stats.records, sum(|stats| stats.records));
        assert_eq!(stats.faults, sum(|stats| stats.faults));
        assert_eq!(stats.position(), sum(Stats::position));
        assert_eq!(stats.bytes(), sum(Stats::bytes));
        assert_eq!(stats.unfinished, sum(|stats| u64::from(!stats.complete)));
        assert_eq!((stats.inputs, stats.failed), (paths.len() as u64, false));
        assert_eq!(stats.complete, stats.unfinished == 0);

        // A batch has all of its items, also after too many faults.
        if format!("{builder:?}").contains("max_faults: Some") {
            continue;
        }
        let batches = seen_in_batches(&mut builder.from_paths(&paths).unwrap());
        assert_eq!(batches, expected, "{builder:?}");
    }
}

#[test]
fn sound_files_are_read_to_their_end() {
    let paths = [fixture_path("books.mrc"), fixture_path("books.mrc")];
    let mut reader = Reader::from_paths(&paths).unwrap();
    assert_eq!(reader.input_name(), paths[0].to_str());
    let total = 2 * fixture("books.mrc").len() as u64;
    assert_eq!(reader.stats().total_bytes, Some(total));
    assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 120);
    let stats = reader.stats();
    assert_eq!((stats.position(), stats.complete, stats.unfinished), (total, true, 0));
    assert_eq!(reader.summary(), format!("2 files: 120 records in {total} bytes"));
    assert!(reader.next().is_none());
}

#[test]
fn a_path_that_cannot_be_read_is_an_error_at_once() {
    let folder = Folder::new("several-missing");
    let good = folder.file("a.mrc", fixture("books.mrc"));
    let missing = folder.path("missing.mrc");
    let directory = folder.path("folder");
    fs::create_dir(&directory).unwrap();
    for (path, kind) in
        [(&missing, io::ErrorKind::NotFound), (&directory, io::ErrorKind::IsADirectory)]
    {
        let error = Reader::from_paths([&good, path, &good]).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), kind);
        assert_eq!(error.input_path(), Some(&**path));
    }
    let error = Reader::from_paths([] as [&Path; 0]).unwrap_err();
    assert_eq!(error.to_string(), "the list of files is empty");
    let error = Reader::builder().start(1).from_paths([&good]).unwrap_err();
    assert_eq!(error.to_string(), "a start needs one input, not a list of them");
}

#[test]
fn a_file_that_vanished_is_an_error_in_its_place_and_the_others_are_read() {
    let folder = Folder::new("several-vanished");
    let names = ["a.mrc", "b.mrc", "c.mrc"];
    for builder in builders() {
        let paths = names.map(|name| folder.file(name, fixture("books.mrc")));
        let mut reader = builder.from_paths(&paths).unwrap();
        fs::remove_file(&paths[1]).unwrap();
        let items = seen(&mut reader);
        assert_eq!(items.len(), 121);
        let path = Seen::of_path(&paths[1]);
        let text = format!("{path}: byte 0: No such file or directory (os error 2)");
        let gone = Seen {
            file: Some(path),
            number: None,
            overall: None,
            offset: Some(0),
            content: Err(text),
        };
        assert_eq!(items[60], gone);
        assert_eq!(items[61].number, Some(1));
        let stats = reader.stats();
        assert_eq!((stats.records, stats.faults, stats.kind(ErrorKind::Io)), (120, 1, 1));
        assert_eq!((stats.unfinished, stats.complete), (1, false));
        assert!(reader.summary().contains("; 1 file not read to the end"), "{}", reader.summary());

        folder.file("b.mrc", fixture("books.mrc"));
        let mut skipping = builder.clone().skip_faults(true).from_paths(&paths).unwrap();
        fs::remove_file(&paths[1]).unwrap();
        assert!(skipping.by_ref().all(|record| record.is_ok()));
        assert_eq!(skipping.stats().records, 120);
    }
}

#[test]
fn a_file_that_became_shorter_is_not_complete() {
    let folder = Folder::new("several-shorter");
    let paths = ["a.mrc", "b.mrc"].map(|name| folder.file(name, fixture("books.mrc")));
    for shorter in [0, fixture_records("books.mrc")[0].len()] {
        for path in &paths {
            fs::write(path, fixture("books.mrc")).unwrap();
        }
        let mut reader = Reader::from_paths(&paths).unwrap();
        fs::write(&paths[0], &fixture("books.mrc")[..shorter]).unwrap();
        assert!(reader.by_ref().all(|record| record.is_ok()));
        assert_eq!((reader.stats().unfinished, reader.stats().complete), (1, false));
    }
}

#[cfg(feature = "compress")]
#[test]
fn compressed_files_are_among_others_and_damage_ends_only_its_own() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let folder = Folder::new("several-packed");
    let packed = gzip(&fixture("books.mrc"));
    let paths = [
        folder.file("a.mrc.gz", &packed),
        folder.file("b.mrc", fixture("books.mrc")),
        folder.file("c.gz", &packed[..packed.len() / 2]),
        folder.file("d.xml.gz", gzip(&converted(tidemarc::format::Format::Marcxml))),
    ];
    for builder in builders()
        .into_iter()
        .filter(|builder| !format!("{builder:?}").contains("read_ahead: false"))
    {
        let (expected, _) = one_by_one(&builder, &paths);
        let mut reader = builder.from_paths(&paths).unwrap();
        assert_eq!(reader.stats().total_bytes, None);
        let items = seen(&mut reader);
        let texts =
            |items: &[Seen]| items.iter().map(|seen| seen.content.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&items), texts(&expected), "{builder:?}");
        assert!(
            items
                .iter()
                .any(|seen| matches!(&seen.content, Err(text) if text.contains("c.gz: byte ")))
        );
        assert_eq!(reader.stats().unfinished, 1);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_when_its_turn_comes() {
    let folder = Folder::new("several-fifo");
    let pipe = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let file = fixture_path("books.mrc");
    for threads in [1, 2] {
        // The test holds both ends, so that the pipe has neither an end nor a wait for a partner.
        let mut ends = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
        ends.write_all(&fixture_records("books.mrc")[..20].concat()).unwrap();
        let builder = Reader::builder().threads(threads).chunk_size(500);
        let mut reader = builder.from_paths([&file, &pipe, &file]).unwrap();
        assert_eq!(reader.stats().total_bytes, None);
        assert!(reader.by_ref().take(80).all(|record| record.is_ok()));
        drop(ends);
        assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 60);
        assert!(reader.stats().complete);
    }
}

#[test]
fn many_small_files_need_few_buffers_and_one_start() {
    let folder = Folder::new("several-small");
    let records = fixture_records("books.mrc");
    let paths: Vec<_> = (0..500)
        .map(|at| folder.file(&format!("{at:04}.mrc"), &records[at % records.len()]))
        .collect();
    for threads in [1, 2, 8] {
        let builder = Reader::builder().threads(threads).chunk_size(1 << 10);
        let mut reader = builder.from_paths(&paths).unwrap();
        let found: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
        assert_eq!(found.len(), 500);
        for (at, record) in found.iter().enumerate() {
            assert_eq!(record.as_bytes(), records[at % records.len()]);
            assert_eq!((record.number(), record.overall_number()), (1, at as u64 + 1));
        }
        assert!(reader.stats().complete);
    }
    // All of them are empty but the last.
    for path in &paths[..499] {
        fs::write(path, b"").unwrap();
    }
    let mut reader = Reader::from_paths(&paths).unwrap();
    assert_eq!(reader.by_ref().count(), 1);
    assert!(reader.stats().complete);
}

#[test]
fn quarantine_summary_and_report_name_the_file() {
    let folder = Folder::new("several-quarantine");
    let sound = folder.file("a.mrc", fixture("books.mrc"));
    let damaged = folder.file("b.mrc", fixture("books-damaged.mrc"));
    let paths = [&sound, &damaged, &sound, &damaged];
    let (spans, lines) = (Shared::default(), Shared::default());
    let quarantine = Quarantine::new(spans.clone()).report(lines.clone());
    let mut reader = Reader::from_paths(paths).unwrap().with_quarantine(quarantine);
    let raw: Vec<u8> =
        reader.by_ref().filter_map(Result::err).flat_map(|error| error.raw().to_vec()).collect();
    assert_eq!(spans.bytes(), raw);
    let lines = String::from_utf8(lines.bytes()).unwrap();
    assert_eq!(lines.lines().count(), 8);
    let source = format!("{{\"source\":\"{}\",\"number\":", damaged.display());
    assert!(lines.lines().all(|line| line.starts_with(&source)), "{lines}");
    assert!(lines.lines().last().unwrap().contains("\"overall_number\":"), "{lines}");

    let read = || Reader::builder().repair(true).from_paths(paths).unwrap();
    let text = Summary::of(read()).unwrap().to_string();
    assert!(text.starts_with("4 files: 238 records in "), "{text}");
    assert!(text.contains(&format!("first: {}: record ", damaged.display())), "{text}");
    let mut report = Vec::new();
    Summary::reporting(read(), ReportFormat::Csv, &mut report).unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.starts_with("\u{FEFF}file,number,offset,"), "{report}");
    let row = format!("\"{}\",", damaged.display());
    assert!(report.lines().skip(1).all(|line| line.starts_with(&row)), "{report}");
}

#[test]
fn none_of_the_files_is_written_over() {
    let folder = Folder::new("several-in-use");
    let paths = ["a.mrc", "b.mrc"].map(|name| folder.file(name, fixture("books-damaged.mrc")));
    let mut reader = Reader::from_paths(&paths).unwrap();
    for path in &paths {
        let error = Quarantine::create(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    }
    assert_eq!(reader.by_ref().count(), 122);
    let quarantine = Quarantine::create(&paths[1]).unwrap();
    let mut reader = Reader::from_paths(&paths).unwrap().with_quarantine(quarantine);
    assert!(reader.next().unwrap().is_err());
    assert_eq!(fs::read(&paths[1]).unwrap(), fixture("books-damaged.mrc"));
}

#[test]
fn a_directory_and_a_pattern_stand_for_their_files() {
    let folder = Folder::new("several-listed");
    for name in ["b.mrc", "a.mrc", "é.mrc", ".hidden.mrc", "a.mrc.tmi", "c.xml", "[x].mrc", "x.mrc"]
    {
        folder.file(name, fixture("books.mrc"));
    }
    fs::create_dir_all(folder.path("sub/deep")).unwrap();
    fs::create_dir_all(folder.path(".git")).unwrap();
    fs::create_dir_all(folder.path("dir.mrc")).unwrap();
    for name in ["sub/d.mrc", "sub/deep/e.mrc", ".git/f.mrc"] {
        folder.file(name, b"");
    }
    let names = |pattern: &str| -> Vec<String> {
        let found = files(folder.path(pattern)).unwrap();
        let start = folder.path("");
        found.iter().map(|path| path.strip_prefix(&start).unwrap().display().to_string()).collect()
    };
    assert_eq!(names(""), ["[x].mrc", "a.mrc", "b.mrc", "c.xml", "x.mrc", "é.mrc"]);
    assert_eq!(names("*.mrc"), ["[x].mrc", "a.mrc", "b.mrc", "x.mrc", "é.mrc"]);
    assert_eq!(names("[ab].mrc"), ["a.mrc", "b.mrc"]);
    // A file that exists is no pattern.
    assert_eq!(names("[x].mrc"), ["[x].mrc"]);
    assert_eq!(names("?.*"), ["a.mrc", "a.mrc.tmi", "b.mrc", "c.xml", "x.mrc", "é.mrc"]);
    assert_eq!(names(".h*"), [".hidden.mrc"]);
    assert_eq!(names("*/*.mrc"), ["sub/d.mrc"]);
    assert_eq!(names("s*b/../s*/d.mrc"), ["sub/../sub/d.mrc"]);
    assert_eq!(names("sub/**"), ["sub/d.mrc", "sub/deep/e.mrc"]);
    assert_eq!(names("**/[de].mrc"), ["sub/d.mrc", "sub/deep/e.mrc"]);
    assert_eq!(names("**/deep/*"), ["sub/deep/e.mrc"]);
    // Nothing is there, and it is no pattern: reading it says so.
    assert_eq!(names("missing.mrc"), ["missing.mrc"]);
    for nothing in ["*.json", "missing/*", "**/*.json", ".git/*.xml", "a.mrc/*"] {
        let error = files(folder.path(nothing)).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::NotFound, "{nothing}");
        assert!(error.to_string().ends_with("no file matches the pattern"), "{error}");
    }
    fs::remove_file(folder.path("sub/deep/e.mrc")).unwrap();
    let error = files(folder.path("sub/deep")).unwrap_err();
    assert!(error.to_string().ends_with("the directory has no file to read"), "{error}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path("sub/deep/link.mrc")).unwrap();
        std::os::unix::fs::symlink("..", folder.path("sub/deep/loop")).unwrap();
        for pattern in ["sub/deep", "sub/deep/*", "**/link.mrc"] {
            assert_eq!(names(pattern), ["sub/deep/link.mrc"], "{pattern}");
            assert!(Reader::from_paths(files(folder.path(pattern)).unwrap()).is_err());
        }
        assert_eq!(names("sub/deep/link.mrc"), ["sub/deep/link.mrc"]);
    }
}
