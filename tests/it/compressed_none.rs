//! Compressed outputs without the feature `compress`.

use crate::common::corpus::fixture_records;
use std::{env, fs, io};
use tidemarc::{
    Reader, Writer,
    format::{Compression, Format, WriteOptions},
};

#[test]
fn a_suffix_of_a_compression_is_an_error_that_names_the_feature() {
    for name in ["gz", "bgz", "zst"] {
        let path = env::temp_dir().join(format!("tidemarc-{}-none.mrc.{name}", std::process::id()));
        let error = Writer::create(&path, None, WriteOptions::new()).err().unwrap().to_string();
        assert!(error.contains("output needs the Cargo feature \"compress\""), "{error}");
        assert!(!path.exists());
        let plain = WriteOptions::new().compression(None);
        Writer::create(&path, None, plain).unwrap().commit().unwrap();
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_named_compression_is_an_error_of_the_first_write() {
    let options = WriteOptions::new().compression(Some(Compression::Gzip));
    let mut writer = Writer::with_options(Vec::new(), Format::Iso2709, options);
    let bytes = fixture_records("books.mrc").concat();
    let record = Reader::from_bytes(bytes).next().unwrap().unwrap();
    for _ in 0..2 {
        let error = io::Error::other(writer.write(&record).unwrap_err());
        assert!(error.to_string().contains("Cargo feature \"compress\""), "{error}");
    }
    assert!(writer.finish().is_err());
}
