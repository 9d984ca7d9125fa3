//! Compressed outputs and archives, in Rust.

use crate::common::corpus::fixture_records;
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

#[test]
fn an_archive_of_several_files_is_an_error_for_bytes_and_paths() {
    // Two empty files without compression, as the directory alone lists them.
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for name in [b"a.mrc", b"b.mrc"] {
        let offset = archive.len() as u32;
        let fields = [&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0; 12], &[5, 0, 0, 0]].concat();
        archive.extend([b"PK\x03\x04", &fields[..], name].concat());
        directory.extend([b"PK\x01\x02\x0A\x00", &fields[..], &[0; 10]].concat());
        directory.extend([&offset.to_le_bytes()[..], name].concat());
    }
    let start = (archive.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    archive.extend([&directory[..], b"PK\x05\x06", &[0, 0, 0, 0, 2, 0, 2, 0]].concat());
    archive.extend([&length[..], &start, &[0, 0]].concat());
    let file = path("two.zip");
    fs::write(&file, &archive).unwrap();
    let of_path = Reader::from_path(&file).err().unwrap().to_string();
    let of_bytes = Reader::from_bytes(archive).next().unwrap().err().unwrap().to_string();
    fs::remove_file(&file).unwrap();
    for error in [of_path, of_bytes] {
        assert!(error.contains("the zip archive has 2 files"), "{error}");
        assert!(error.contains("one of a.mrc, b.mrc with"), "{error}");
    }
}
