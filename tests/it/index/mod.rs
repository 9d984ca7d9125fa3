//! The index file: the same records as a reader, and an error for everything that is not as it was.

mod damage;
mod equal;
mod stale;
mod targets;

use crate::common::{build::record, folder::Folder};
use std::path::PathBuf;
use tidemarc::{Index, IndexError};

/// Returns records with these control numbers; an empty one stands for a record without one.
fn numbered(numbers: &[&str]) -> Vec<u8> {
    let record = |number: &&str| match number.as_bytes() {
        b"" => record(&[("245", b"10\x1FaHi")]),
        number => record(&[("001", number), ("245", b"10\x1FaHi")]),
    };
    numbers.iter().flat_map(record).collect()
}

/// Writes a small file with its index file, and returns their paths.
fn small(folder: &Folder) -> (PathBuf, PathBuf) {
    let path = folder.file("small.mrc", numbered(&["a", "b", "", "a", "c"]));
    let index = Index::build(&path).unwrap();
    (path, index.index_file().to_owned())
}

/// Returns the offsets of all records with a key.
fn offsets(index: &Index, key: &[u8]) -> Result<Vec<u64>, IndexError> {
    index.get_all(key).map(|record| record.map(|record| record.offset())).collect()
}
