//! The paths of an index: what is written, and what is not.

use super::{numbered, small};
use crate::common::folder::Folder;
use std::{fs, io};
use tidemarc::{ErrorKind, Index, IndexError, Reader};

#[test]
fn only_an_index_file_is_replaced() {
    let folder = Folder::in_memory("index-replaced");
    let (path, file) = small(&folder);
    let again = Index::build(&path).unwrap();
    assert_eq!((again.index_file(), again.len()), (&*file, 5));
    for bytes in [&b"x"[..], b"\x89TMI", b"00026nam a2200025   4500\x1E\x1D"] {
        let other = folder.file("other", bytes);
        let error = Index::builder().index_file(&other).build(&path).unwrap_err();
        assert!(matches!(error, IndexError::Exists { .. }), "{error}");
        assert_eq!(fs::read(&other).unwrap(), bytes);
    }
    // A new and empty file, as `tempfile` makes them, has nothing to lose.
    let empty = folder.file("empty", b"");
    assert_eq!(Index::builder().index_file(&empty).build(&path).unwrap().len(), 5);
    // The file itself, and a folder.
    for target in [path.clone(), folder.path(".")] {
        let error = Index::builder().index_file(target).build(&path).unwrap_err();
        assert!(matches!(error, IndexError::Exists { .. }), "{error}");
    }
    assert_eq!(folder.names(), ["empty", "other", "small.mrc", "small.mrc.tmi"]);
}

#[test]
fn an_index_file_that_cannot_be_built_leaves_the_old_one() {
    let folder = Folder::in_memory("index-kept");
    let (path, file) = small(&folder);
    let old = fs::read(&file).unwrap();
    fs::write(&path, "<!DOCTYPE html>\n<html><body>Not found</body></html>\n".repeat(3_000))
        .unwrap();
    // Without repair a foreign file is a fault like any other.
    let error = Index::builder().reader(Reader::builder().repair(true)).build(&path).unwrap_err();
    assert!(
        matches!(&error, IndexError::Read(error) if error.kind() == ErrorKind::Foreign),
        "{error}"
    );
    assert_eq!(fs::read(&file).unwrap(), old);
    assert_eq!(folder.names(), ["small.mrc", "small.mrc.tmi"]);
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::in_memory("index-missing");
    let path = folder.file("x.mrc", numbered(&["a"]));
    let missing = |error| match error {
        IndexError::Io { path, error } if error.kind() == io::ErrorKind::NotFound => path,
        error => panic!("{error}"),
    };
    assert_eq!(missing(Index::open(&path).unwrap_err()), folder.path("x.mrc.tmi"));
    assert_eq!(missing(Index::build(folder.path("y.mrc")).unwrap_err()), folder.path("y.mrc"));
    Index::build(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(missing(Index::open(&path).unwrap_err()), path);
}

#[cfg(unix)]
#[test]
fn what_is_not_a_regular_file_has_no_index() {
    let folder = Folder::in_memory("index-device");
    let builder = Index::builder().index_file(folder.path("x.tmi"));
    let error = builder.build("/dev/null").unwrap_err();
    assert!(matches!(&error, IndexError::Unsupported { .. }), "{error}");
    let (path, _) = small(&folder);
    let error = Index::builder().index_file("/dev/null").build(&path).unwrap_err();
    assert!(matches!(error, IndexError::Exists { .. }), "{error}");
    assert!(Index::build(folder.path(".")).is_err());
    assert_eq!(folder.names(), ["small.mrc", "small.mrc.tmi"]);
}

#[test]
fn options_that_would_change_the_numbers_have_no_effect() {
    let folder = Folder::in_memory("index-options");
    let path = folder.file("x.mrc", numbered(&["a", "b"]));
    let reader = Reader::builder().start(20).max_faults(0).skip_faults(true).read_ahead(false);
    let index = Index::builder().reader(reader).build(&path).unwrap();
    assert_eq!((index.len(), index.offset(0).unwrap()), (2, Some(0)));
}

#[test]
fn threads_share_an_index() {
    let folder = Folder::in_memory("index-threads");
    let path = folder.file("x.mrc", fs::read("tests/fixtures/books.mrc").unwrap());
    let index = Index::build(&path).unwrap();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let index = &index;
            scope.spawn(move || {
                for at in (start..start + 240).map(|at| at % 60) {
                    let record = index.record(at).unwrap().unwrap();
                    let key = record.view().control_number().unwrap();
                    assert_eq!(index.get(key).unwrap().unwrap().number(), at + 1);
                }
            });
        }
    });
}

#[test]
fn an_index_is_of_the_whole_file_whatever_part_the_options_name() {
    let folder = Folder::in_memory("index-whole");
    let path = folder.file("x.mrc", numbered(&["a", "b", "c", "d"]));
    let length = fs::metadata(&path).unwrap().len();
    for reader in [
        Reader::builder().range(length / 2..),
        Reader::builder().range(0..1),
        Reader::builder().partitions(3),
    ] {
        let index = Index::builder().reader(reader).build(&path).unwrap();
        assert_eq!(index.len(), 4);
        assert!(index.get(b"d").unwrap().is_some());
    }
}
