//! Reading that begins in the middle of an input has the same result there as reading from the
//! first byte.

use crate::common::{
    build::simple,
    corpus::{fixture, fixture_path},
};
use std::io::Cursor;
use tidemarc::{ErrorKind, Reader};

#[test]
fn only_the_first_byte_of_an_input_begins_a_foreign_one() {
    let records = [simple("one"), simple("two")].concat();
    let page = [b"<html>".to_vec(), vec![b'x'; 70_000]].concat();
    let input = [records.clone(), page.clone(), records.clone()].concat();
    let path = std::env::temp_dir().join(format!("tidemarc-resume-{}", std::process::id()));
    std::fs::write(&path, &input).unwrap();
    for repair in [false, true] {
        let builder = Reader::builder().repair(repair);
        let straight = builder.from_bytes(input.clone());
        assert_eq!(straight.filter(Result::is_ok).count(), 4);
        let builder = builder.start(records.len() as u64);
        for reader in [
            builder.from_bytes(input.clone()),
            builder.from_reader(Cursor::new(input.clone())),
            builder.from_path(&path).unwrap(),
        ] {
            let given: Vec<_> = reader.collect();
            assert_eq!(given.len(), 3, "{repair}");
            let error = given[0].as_ref().unwrap_err();
            assert_ne!(error.kind(), ErrorKind::Foreign);
            assert_eq!((error.raw(), given[1..].iter().all(Result::is_ok)), (&page[..], true));
        }
    }
    std::fs::remove_file(path).unwrap();
    // At its first byte it does.
    let mut reader = Reader::builder().repair(true).from_bytes([page, records].concat());
    assert_eq!(reader.next().unwrap().unwrap_err().kind(), ErrorKind::Foreign);
    assert!(reader.next().is_none());
}

#[test]
fn a_start_beyond_the_end_is_the_end() {
    let input = fixture("books.mrc");
    let length = input.len() as u64;
    for beyond in [length, length + 1, 10_000_000] {
        let builder = Reader::builder().start(beyond);
        let path = fixture_path("books.mrc");
        for mut reader in [builder.from_bytes(input.clone()), builder.from_path(path).unwrap()] {
            assert!(reader.next().is_none());
            let stats = reader.stats();
            assert_eq!((stats.start, stats.position()), (length, length));
            assert_eq!((stats.total_bytes, stats.complete), (Some(length), true));
        }
    }
}
