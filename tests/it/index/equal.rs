//! Every record of an index is the record of a reader.

use super::{numbered, offsets};
use crate::common::{
    build::{misstated, simple},
    cases,
    corpus::{files_below, fixture},
    folder::Folder,
};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};
use tidemarc::{
    Converter, Index, Reader, ReaderBuilder, SharedRecord, Writer,
    format::{Format, WriteOptions},
};

/// All that can be asked of a record, in words.
fn shown(record: &SharedRecord) -> String {
    let fields = record.view().fields().map(|field| (field.tag(), field.as_bytes()));
    let faults: Vec<_> = record.faults().iter().map(|fault| fault.detail().to_string()).collect();
    format!(
        "{} {} {} {:?} {:?} {:?} {faults:?} {:?}",
        record.number(),
        record.offset(),
        record.is_repaired(),
        record.raw(),
        record.view().leader(),
        fields.collect::<Vec<_>>(),
        record.notes(),
    )
}

/// Compares the index of a file with a reader, by number and by a linear search for each key.
/// Returns the number of records; `None` if the file is not MARC at all.
fn compare(path: &Path, folder: &Folder, builder: &ReaderBuilder) -> Option<u64> {
    let expected: Vec<_> =
        builder.clone().skip_faults(true).from_path(path).unwrap().map_while(Result::ok).collect();
    let mut reader = builder.from_path(path).unwrap();
    let faults = reader.by_ref().filter(Result::is_err).count() as u64;
    let file = folder.path("x.tmi");
    let builder = Index::builder().reader(builder.clone()).index_file(&file);
    let built = match builder.build(path) {
        Ok(built) => built,
        Err(error) => {
            let expected = reader.stats();
            assert!(!expected.complete, "{}: {error}", path.display());
            return None;
        }
    };
    let index = builder.open(path).unwrap();
    let shape =
        |index: &Index| (index.len(), index.faults(), index.duplicates(), index.without_key());
    assert_eq!(shape(&built), shape(&index));
    assert_eq!((index.len(), index.faults()), (expected.len() as u64, faults));
    assert_eq!(index.format(), reader.format().unwrap_or(Format::Iso2709));
    let mut keys: BTreeMap<Vec<u8>, Vec<u64>> = BTreeMap::new();
    for (at, record) in expected.iter().enumerate() {
        let found = index.record(at as u64).unwrap().unwrap();
        assert_eq!(shown(&found), shown(record), "{} at {at}", path.display());
        assert_eq!(index.offset(at as u64).unwrap(), Some(record.offset()));
        if let Some(key) = record.view().control_number() {
            keys.entry(key.to_vec()).or_default().push(record.offset());
        }
    }
    assert!(index.record(index.len()).unwrap().is_none());
    assert!(index.offset(u64::MAX).unwrap().is_none());
    let with_key: usize = keys.values().map(Vec::len).sum();
    assert_eq!(index.without_key(), index.len() - with_key as u64);
    assert_eq!(index.duplicates(), (with_key - keys.len()) as u64);
    for (key, expected) in &keys {
        assert_eq!(&offsets(&index, key).unwrap(), expected, "{}", key.escape_ascii());
        assert_eq!(index.get(key).unwrap().map(|record| record.offset()), Some(expected[0]));
        let near = [key, &b"x"[..]].concat();
        assert_eq!(index.contains(&near).unwrap(), keys.contains_key(&near));
    }
    Some(index.len())
}

fn compare_bytes(bytes: &[u8], folder: &Folder, builder: &ReaderBuilder) -> Option<u64> {
    compare(&folder.file("bytes", bytes), folder, builder)
}

#[test]
fn each_case_has_the_records_of_a_reader_with_and_without_repair() {
    let folder = Folder::in_memory("index-cases");
    for case in cases::all() {
        for repair in [false, true] {
            let limit = case.max_record_length;
            for format in [None, Some(Format::Iso2709)] {
                let builder = Reader::builder().max_record_length(limit).repair(repair);
                compare_bytes(&case.input, &folder, &builder.format(format));
            }
        }
    }
}

#[test]
fn fixtures_have_the_records_of_a_reader_whatever_the_threads() {
    let folder = Folder::in_memory("index-fixtures");
    for (name, repair, records) in [
        ("books.mrc", false, 60),
        ("books-damaged.mrc", false, 57),
        ("books-damaged.mrc", true, 59),
        ("books.mrk", false, 60),
    ] {
        let bytes = fixture(name);
        let builder = Reader::builder().repair(repair);
        assert_eq!(compare_bytes(&bytes, &folder, &builder), Some(records));
        let many = bytes.repeat(40);
        for builder in [builder.clone().threads(4).chunk_size(1_000), builder.threads(1)] {
            assert_eq!(compare_bytes(&many, &folder, &builder), Some(40 * records));
        }
    }
}

#[test]
fn text_formats_have_the_records_of_a_reader_in_any_encoding() {
    let folder = Folder::in_memory("index-text");
    for format in Format::ALL {
        let mut writer = Writer::with_options(Vec::new(), format, WriteOptions::new());
        let reader = Reader::from_path("tests/fixtures/books-damaged.mrc").unwrap();
        Converter::new().skip(|_| ()).run(reader, &mut writer).unwrap();
        let text = writer.finish().unwrap();
        let records = compare_bytes(&text, &folder, &Reader::builder());
        // One record has a control character, which text formats cannot hold.
        assert_eq!(records, Some(if format == Format::Iso2709 { 57 } else { 56 }), "{format:?}");
        // A record that is cut is a fault, and those before it remain.
        let cut = text.len() * 2 / 3;
        assert!(compare_bytes(&text[..cut], &folder, &Reader::builder()).is_some(), "{format:?}");
        if format == Format::Marcxml {
            let text = String::from_utf8(text).unwrap();
            let start = text.find("<collection").unwrap();
            for is_little in [false, true] {
                let unit =
                    |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
                let mark = if is_little { [0xFF, 0xFE] } else { [0xFE, 0xFF] };
                let wide = text[start..].encode_utf16().flat_map(unit);
                let wide: Vec<u8> = mark.into_iter().chain(wide).collect();
                assert_eq!(compare_bytes(&wide, &folder, &Reader::builder()), Some(56));
            }
            for label in ["iso-8859-1", "windows-1252"] {
                let head = format!("<?xml version='1.0' encoding='{label}'?>\n");
                let narrow = text[start..].chars().map(|c| u8::try_from(c).unwrap_or(b'?'));
                let narrow: Vec<u8> = head.into_bytes().into_iter().chain(narrow).collect();
                assert_eq!(compare_bytes(&narrow, &folder, &Reader::builder()), Some(56));
            }
        }
    }
}

#[test]
fn keys_are_the_bytes_of_the_control_number() {
    let folder = Folder::in_memory("index-keys");
    let path = folder.file("x.mrc", numbered(&[" 1 ", "1", "", "\u{e9}", "1 ", "1", "é"]));
    let index = Index::build(&path).unwrap();
    assert_eq!((index.len(), index.without_key(), index.duplicates()), (7, 1, 2));
    let count = |key: &[u8]| index.get_all(key).count();
    assert_eq!([&b"1"[..], b" 1 ", b"1 ", b"", "é".as_bytes()].map(count), [2, 1, 1, 0, 2]);
    // The first of several fields 001 is the key.
    let record = crate::common::build::record(&[("001", b""), ("001", b"second")]);
    let index = Index::build(folder.file("y.mrc", record)).unwrap();
    assert_eq!((index.without_key(), index.get_all(b"").count()), (0, 1));
    assert!(!index.contains(b"second").unwrap());
}

#[test]
fn an_empty_file_and_one_without_a_record_have_an_index() {
    let folder = Folder::in_memory("index-empty");
    for bytes in [&b""[..], b"\n\n", &misstated(simple("x"), 5)[..30]] {
        let path = folder.file("empty.mrc", bytes);
        let index = Index::build(&path).unwrap();
        assert!(index.is_empty() && index.record(0).unwrap().is_none());
        assert!(index.get(b"x").unwrap().is_none() && !index.contains(b"").unwrap());
    }
}

#[test]
fn a_million_records_with_one_key_are_found_in_order() {
    const COUNT: u64 = 1_000_000;
    let folder = Folder::in_memory("index-million");
    let (many, other) = (simple("same"), simple("other"));
    let length = many.len() as u64;
    let mut bytes = many.repeat(COUNT as usize / 2);
    bytes.extend_from_slice(&other);
    bytes.extend_from_slice(&many.repeat(COUNT as usize / 2));
    let index = Index::build(folder.file("million.mrc", bytes)).unwrap();
    assert_eq!((index.len(), index.duplicates()), (COUNT + 1, COUNT - 1));
    assert_eq!(offsets(&index, b"other").unwrap(), [COUNT / 2 * length]);
    let mut count = 0;
    // Reading all of them takes long in a test that is not optimised.
    for (at, record) in index.get_all(b"same").enumerate().take(50_000) {
        assert_eq!(record.unwrap().offset(), at as u64 * length);
        count += 1;
    }
    assert_eq!(count, 50_000);
    assert!(!index.contains(b"none").unwrap());
}

#[test]
fn real_files_have_the_records_of_a_reader() {
    let Some(corpus) = env::var_os("TIDEMARC_CORPUS").map(PathBuf::from) else { return };
    let folder = Folder::in_memory("index-corpus");
    let mut records = 0;
    for part in ["real", "odd", "xml", "json", "mrk"] {
        for path in files_below(&corpus.join(part)) {
            if fs::metadata(&path).unwrap().len() > 2 << 20 {
                continue;
            }
            for repair in [false, true] {
                let builder = Reader::builder().repair(repair);
                records += compare(&path, &folder, &builder).unwrap_or(0);
            }
        }
    }
    assert!(records > 1_000, "{records}");
}
