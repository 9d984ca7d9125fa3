//! An index file that is cut or damaged gives errors, and never a wrong record.

use super::small;
use crate::common::folder::Folder;
use std::{fs, path::Path};
use tidemarc::{Index, IndexError, SharedRecord};

/// Asks an index file everything. Every answer must be an error or the right one. Returns the number
/// of errors.
fn interrogate(path: &Path, file: &Path, expected: &[(u64, Vec<u8>)]) -> usize {
    let index = match Index::builder().index_file(file).open(path) {
        Ok(index) => index,
        Err(
            IndexError::Damaged { .. } | IndexError::NotAnIndex { .. } | IndexError::Version { .. },
        ) => return 1,
        Err(error) => panic!("{error}"),
    };
    let mut errors = 0;
    let mut is = |holds: Result<bool, IndexError>| match holds {
        Ok(holds) => assert!(holds, "a wrong answer"),
        Err(IndexError::Damaged { .. }) => errors += 1,
        Err(error) => panic!("{error}"),
    };
    for (at, (offset, key)) in (0..).zip(expected) {
        is(index.record(at).map(|record| record.is_some_and(|found| found.offset() == *offset)));
        if !key.is_empty() {
            let has_key = |found: SharedRecord| found.view().control_number() == Some(key);
            is(index.get(key).map(|record| record.is_some_and(has_key)));
        }
    }
    is(index.get(b"none").map(|record| record.is_none()));
    is(index.get_all(b"a").collect::<Result<Vec<_>, _>>().map(|all| all.len() == 2));
    errors
}

/// Returns the offsets and keys of the records of a small file.
fn expected(path: &Path) -> Vec<(u64, Vec<u8>)> {
    let index = Index::open(path).unwrap();
    (0..index.len())
        .map(|at| {
            let record = index.record(at).unwrap().unwrap();
            (record.offset(), record.view().control_number().unwrap_or_default().to_vec())
        })
        .collect()
}

#[test]
fn an_index_file_that_is_cut_anywhere_is_an_error() {
    let folder = Folder::in_memory("index-cut");
    let (path, file) = small(&folder);
    let (whole, expected) = (fs::read(&file).unwrap(), expected(&path));
    assert_eq!(interrogate(&path, &file, &expected), 0);
    for end in 0..whole.len() {
        let cut = folder.file("cut.tmi", &whole[..end]);
        assert!(Index::builder().index_file(&cut).open(&path).is_err(), "{end}");
    }
    // More bytes are not the file that was written either.
    for more in [1, 4096] {
        let long = folder.file("long.tmi", [&whole[..], &vec![0; more]].concat());
        assert!(Index::builder().index_file(&long).open(&path).is_err(), "{more}");
    }
    let twice = folder.file("twice.tmi", whole.repeat(2));
    assert!(Index::builder().index_file(&twice).open(&path).is_err());
}

#[test]
fn a_flipped_bit_is_an_error_wherever_it_is_read() {
    let folder = Folder::in_memory("index-bits");
    let (path, file) = small(&folder);
    let (whole, expected) = (fs::read(&file).unwrap(), expected(&path));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        let file = folder.file("flipped.tmi", &bytes);
        assert!(interrogate(&path, &file, &expected) > 0, "byte {at}");
    }
}

#[test]
fn pages_in_the_wrong_place_are_errors() {
    let folder = Folder::in_memory("index-swapped");
    let (path, file) = small(&folder);
    let (whole, expected) = (fs::read(&file).unwrap(), expected(&path));
    let pages: Vec<&[u8]> = whole.chunks(4096).collect();
    for one in 0..pages.len() {
        for other in 0..one {
            let mut swapped = pages.clone();
            swapped.swap(one, other);
            let file = folder.file("swapped.tmi", swapped.concat());
            assert!(interrogate(&path, &file, &expected) > 0, "{one} and {other}");
        }
    }
}

#[test]
fn another_file_is_no_index_file() {
    let folder = Folder::in_memory("index-other");
    let (path, _) = small(&folder);
    for bytes in [&b""[..], b"x", &[0; 4096], &fs::read(&path).unwrap()] {
        let file = folder.file("other.tmi", bytes);
        let error = Index::builder().index_file(file).open(&path).unwrap_err();
        assert!(matches!(error, IndexError::NotAnIndex { .. }), "{error}");
    }
    let mut newer = fs::read(folder.path("small.mrc.tmi")).unwrap();
    newer[8] = 2;
    let file = folder.file("newer.tmi", newer);
    let error = Index::builder().index_file(file).open(&path).unwrap_err();
    assert!(matches!(error, IndexError::Version { version: 2, .. }), "{error}");
}
