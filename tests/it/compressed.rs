//! Compressed outputs and archives, in Rust.

use crate::common::{corpus::fixture_records, zip::archive};
use std::{
    env, fs,
    io::{self, Read, Write},
    path::PathBuf,
};
use tidemarc::{
    Converter, Reader, Writer,
    format::{Compression, Format, WriteOptions},
};

fn books() -> Vec<u8> {
    fixture_records("books.mrc").concat()
}

fn path(name: &str) -> PathBuf {
    env::temp_dir().join(format!("tidemarc-{}-{name}", std::process::id()))
}

/// Decompresses by the library alone.
fn unpacked(kind: Compression, packed: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    match kind {
        Compression::Zstd => {
            zstd::stream::read::Decoder::new(packed).unwrap().read_to_end(&mut data).unwrap()
        }
        _ => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut data).unwrap(),
    };
    data
}

#[test]
fn a_suffix_an_option_and_a_conversion_write_the_same_data() {
    for (kind, suffix) in Compression::ALL.into_iter().zip(["gz", "bgz", "zst"]) {
        for format in [Format::Iso2709, Format::Marcxml, Format::Json] {
            let plain = {
                let mut writer = Writer::new(Vec::new(), format);
                for record in Reader::from_bytes(books().repeat(4)) {
                    writer.write(&record.unwrap()).unwrap();
                }
                writer.finish().unwrap()
            };
            let file = path(&format!("same.{suffix}"));
            let mut writer = Writer::create(&file, format, WriteOptions::new()).unwrap();
            assert_eq!(writer.compression(), Some(kind));
            for record in Reader::from_bytes(books().repeat(4)) {
                writer.write(&record.unwrap()).unwrap();
            }
            writer.commit().unwrap();
            let packed = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            assert!(unpacked(kind, &packed) == plain, "{kind}, {format}");
            assert_eq!(Reader::from_bytes(packed).count(), 240);
            for threads in [1, 2, 4] {
                let options = WriteOptions::new().compression(Some(kind)).compression_level(1);
                let mut writer = Writer::with_options(Vec::new(), format, options);
                let reader = Reader::builder().threads(threads).from_bytes(books().repeat(4));
                Converter::new().run(reader, &mut writer).unwrap();
                let packed = writer.finish().unwrap();
                assert!(unpacked(kind, &packed) == plain, "{kind}, {format}, {threads}");
            }
        }
    }
}

#[test]
fn a_flush_makes_the_records_before_it_readable() {
    for kind in Compression::ALL {
        let options = WriteOptions::new().compression(Some(kind));
        let mut writer = Writer::with_options(Vec::new(), Format::Iso2709, options);
        for (at, record) in Reader::from_bytes(books()).take(10).enumerate() {
            writer.write(&record.unwrap()).unwrap();
            writer.flush().unwrap();
            let length = writer.get_ref().len();
            writer.flush().unwrap();
            assert_eq!(writer.get_ref().len(), length, "{kind}: nothing is new");
            let reader = Reader::from_bytes(writer.get_ref().clone());
            assert_eq!(reader.filter(Result::is_ok).count(), at + 1, "{kind}");
        }
        let packed = writer.finish().unwrap();
        assert!(unpacked(kind, &packed) == fixture_records("books.mrc")[..10].concat(), "{kind}");
    }
}

/// An output that takes a few bytes at a time, and fails at each third call.
struct Failing(Vec<u8>, usize);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::Error::other("at times"));
        }
        let count = bytes.len().min(3000);
        self.0.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_fails_at_times_receives_each_record_once() {
    for kind in Compression::ALL {
        // Without compression of the data, so that the output is written often.
        let level = *kind.levels().start();
        let options = WriteOptions::new().compression(Some(kind)).compression_level(level);
        let mut writer = Writer::with_options(Failing(Vec::new(), 0), Format::Iso2709, options);
        let (mut failures, input) = (0, books().repeat(40));
        for record in Reader::from_bytes(input.clone()) {
            let record = record.unwrap();
            while writer.write(&record).is_err() {
                failures += 1;
            }
        }
        while writer.flush().is_err() {
            failures += 1;
        }
        assert!(failures > 0, "{kind}");
        // The end is a few bytes, and its first attempt may be the third call.
        let packed = writer.get_ref().0.clone();
        assert_eq!(Reader::from_bytes(packed).filter(Result::is_ok).count(), 2400, "{kind}");
    }
}

#[test]
fn a_level_that_the_compression_lacks_touches_no_file() {
    let file = path("level.mrc.gz");
    let options = WriteOptions::new().compression_level(10);
    let error = Writer::create(&file, None, options).err().unwrap().to_string();
    assert!(error.contains("the level of gzip must be from 0 to 9, not 10"), "{error}");
    assert!(!file.exists());
}

/// Returns the name and the number of each record, and the text of each error.
fn seen(reader: &mut Reader) -> Vec<Result<(String, u64), String>> {
    let of = |item: Result<tidemarc::SharedRecord, tidemarc::Error>| match item {
        Ok(record) => Ok((record.input_name().unwrap().to_owned(), record.number())),
        Err(error) => Err(error.to_string()),
    };
    reader.map(of).collect()
}

#[test]
fn the_files_in_an_archive_are_read_in_order_and_an_unreadable_one_costs_no_other() {
    let records = fixture_records("books.mrc");
    let (first, second) = (records[..2].concat(), records[2..5].concat());
    let mut packed = archive(&[
        ("z/b.mrc", &first),
        ("empty.mrc", b""),
        (".hidden.mrc", &first),
        ("broken.mrc", &first),
        ("a.mrc", &second),
    ]);
    // The third file has another compression in the directory.
    let at = packed.windows(10).rposition(|window| window == b"broken.mrc").unwrap();
    packed[at - 46 + 10] = 12;
    let file = path("several.zip");
    fs::write(&file, &packed).unwrap();
    let shown = file.to_str().unwrap();
    for threads in [1, 3] {
        let builder = Reader::builder().threads(threads);
        let mut of_path = builder.from_path(&file).unwrap();
        let mut of_list = builder.from_paths([&file, &file]).unwrap();
        let mut of_bytes = builder.from_bytes(packed.clone());
        let found = seen(&mut of_bytes);
        let names: Vec<_> =
            found.iter().flatten().map(|(name, number)| (&**name, *number)).collect();
        let expected = [("z/b.mrc", 1), ("z/b.mrc", 2), ("a.mrc", 1), ("a.mrc", 2), ("a.mrc", 3)];
        assert_eq!(names, expected);
        let error = found[2].as_ref().unwrap_err();
        assert!(error.starts_with("broken.mrc: "), "{error}");
        assert!(error.contains("is compressed by method 12"), "{error}");
        let prefixed = |found: &[Result<(String, u64), String>]| -> Vec<_> {
            let name = |(name, number): &(String, u64)| (format!("{shown}/{name}"), *number);
            let error = |error: &String| format!("{shown}/{error}");
            found.iter().map(|item| item.as_ref().map(name).map_err(error)).collect()
        };
        assert_eq!(seen(&mut of_path), prefixed(&found));
        assert_eq!(seen(&mut of_list), [prefixed(&found), prefixed(&found)].concat());
        for (reader, inputs) in [(of_path, 4), (of_bytes, 4), (of_list, 8)] {
            let stats = reader.stats();
            assert_eq!(
                (stats.inputs, stats.unfinished, stats.complete),
                (inputs, inputs / 4, false)
            );
            assert_eq!(
                stats.compressed_bytes,
                Some((first.len() + second.len()) as u64 * inputs / 4)
            );
            assert_eq!(stats.compressed_bytes, stats.compressed_total_bytes);
        }
    }
    let error = Reader::builder().start(1).from_path(&file).err().unwrap().to_string();
    assert!(error.contains("a start needs one input"), "{error}");
    fs::remove_file(&file).unwrap();
}

#[test]
fn an_archive_that_is_replaced_while_it_is_read_is_an_error_in_its_place() {
    let records = fixture_records("books.mrc");
    let (file, last) = (path("replaced.zip"), path("last.mrc"));
    fs::write(&file, archive(&[("a.mrc", &records[0]), ("b.mrc", &records[1])])).unwrap();
    fs::write(&last, &records[2]).unwrap();
    let mut reader = Reader::builder().threads(1).from_paths([&file, &last]).unwrap();
    fs::write(&file, b"PK\x03\x04 and no more").unwrap();
    let found = seen(&mut reader);
    fs::remove_file(&file).unwrap();
    fs::remove_file(&last).unwrap();
    assert_eq!(found.iter().filter(|item| item.is_err()).count(), 2, "{found:?}");
    assert!(found[0].as_ref().unwrap_err().contains("the input ends inside zip member a.mrc"));
    assert_eq!(found[2].as_ref().unwrap().1, 1);
}
