//! An index of a file that has changed is refused.

use super::small;
use crate::common::folder::Folder;
use std::{
    fs::{self, File, FileTimes},
    path::Path,
    time::{Duration, SystemTime},
};
use tidemarc::{Difference, Index, IndexError};

fn difference(error: IndexError) -> Difference {
    match error {
        IndexError::Stale { difference, .. } => difference,
        error => panic!("{error}"),
    }
}

fn time_of(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn set_time(path: &Path, time: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[test]
fn another_length_time_or_end_is_stale_with_its_numbers() {
    let folder = Folder::in_memory("index-stale");
    let (path, _) = small(&folder);
    let (bytes, time) = (fs::read(&path).unwrap(), time_of(&path));
    let length = bytes.len() as u64;
    let open = || difference(Index::open(&path).unwrap_err());

    fs::write(&path, [&bytes[..], b"\n"].concat()).unwrap();
    set_time(&path, time);
    assert_eq!(open(), Difference::Length { indexed: length, found: length + 1 });

    fs::write(&path, &bytes).unwrap();
    set_time(&path, time + Duration::from_nanos(1_000_001_000));
    let Difference::Time { indexed, found } = open() else { panic!("no time") };
    assert_eq!(found - indexed, 1_000_001_000);

    for at in [0, bytes.len() - 1] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        fs::write(&path, other).unwrap();
        set_time(&path, time);
        assert!(matches!(open(), Difference::Ends { indexed, found } if indexed != found), "{at}");
    }

    fs::write(&path, &bytes).unwrap();
    set_time(&path, time);
    assert_eq!(Index::open(&path).unwrap().len(), 5);
    let message = IndexError::Stale {
        path: path.clone(),
        difference: Difference::Length { indexed: 5, found: 6 },
    };
    let message = message.to_string();
    assert!(message.contains("has 6 bytes, and had 5"), "{message}");
}

#[test]
fn a_time_before_1970_is_a_time() {
    let folder = Folder::in_memory("index-old");
    let (path, _) = small(&folder);
    set_time(&path, SystemTime::UNIX_EPOCH - Duration::from_millis(1_500));
    Index::build(&path).unwrap();
    assert_eq!(Index::open(&path).unwrap().len(), 5);
}

#[test]
fn both_ends_of_a_long_file_are_compared() {
    let folder = Folder::in_memory("index-ends");
    let bytes = fs::read("tests/fixtures/books.mrc").unwrap().repeat(5);
    let path = folder.file("long.mrc", &bytes);
    Index::build(&path).unwrap();
    let time = time_of(&path);
    for (at, is_found) in [
        (0, true),
        ((64 << 10) - 1, true),
        (64 << 10, false),
        (bytes.len() - (64 << 10) - 1, false),
        (bytes.len() - (64 << 10), true),
        (bytes.len() - 1, true),
    ] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        fs::write(&path, other).unwrap();
        set_time(&path, time);
        assert_eq!(Index::open(&path).is_err(), is_found, "{at}");
    }
}

#[test]
fn a_file_that_changes_while_its_index_is_open_is_stale() {
    let folder = Folder::in_memory("index-changes");
    let (path, _) = small(&folder);
    let index = Index::open(&path).unwrap();
    assert!(index.record(1).unwrap().is_some());
    let (bytes, time) = (fs::read(&path).unwrap(), time_of(&path));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(difference(index.record(1).unwrap_err()), Difference::Length { .. }));
    assert!(matches!(difference(index.get(b"a").unwrap_err()), Difference::Length { .. }));
    // The same length and time, with another record: it is not the one that was indexed.
    let mut other = bytes.clone();
    let second = index.offset(1).unwrap().unwrap();
    other[second as usize] = b'x';
    fs::write(&path, other).unwrap();
    set_time(&path, time);
    let expected = Difference::Record { number: 2, offset: second };
    assert_eq!(difference(index.record(1).unwrap_err()), expected);
    // A file that is replaced is read on.
    fs::write(folder.path("new"), &bytes).unwrap();
    set_time(&folder.path("new"), time);
    let index = {
        fs::rename(folder.path("new"), &path).unwrap();
        Index::open(&path).unwrap()
    };
    fs::write(folder.path("newer"), b"").unwrap();
    fs::rename(folder.path("newer"), &path).unwrap();
    assert!(index.record(1).unwrap().is_some());
}
