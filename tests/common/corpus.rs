//! The fixtures, and files of this machine for the tests that read more.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the path of a file of `tests/fixtures`.
pub fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Returns the bytes of a file of `tests/fixtures`.
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixture_path(name)).unwrap()
}

/// Returns the records of a sound fixture, separated by their stated lengths.
pub fn fixture_records(name: &str) -> Vec<Vec<u8>> {
    let bytes = fixture(name);
    let mut rest = &bytes[..];
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = std::str::from_utf8(&rest[..5]).unwrap().parse().unwrap();
        let (record, after) = rest.split_at(length);
        records.push(record.to_vec());
        rest = after;
    }
    records
}

/// Returns all files below a folder, in the order of their names.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}
