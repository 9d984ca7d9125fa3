//! Nothing of this process writes over what a reader of this process reads.

use crate::common::{corpus::fixture, folder::Folder};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};
use tidemarc::{OutputFile, Quarantine, Reader};

fn damaged(folder: &Folder, name: &str) -> PathBuf {
    folder.file(name, fixture("books-damaged.mrc"))
}

fn refused(quarantine: io::Result<Quarantine>, path: &Path, words: &str) {
    let error = quarantine.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    let text = error.to_string();
    assert!(text.contains(words) && text.contains(path.to_str().unwrap()), "{text}");
}

const READ: &str = "a reader of this process has not read to its end";
const WRITTEN: &str = "the quarantine of another reader of this process";

#[test]
fn a_quarantine_does_not_empty_what_another_reader_reads() {
    let folder = Folder::new("in-use-read");
    let (input, report) = (damaged(&folder, "in.mrc"), damaged(&folder, "q.jsonl"));
    let before = fs::read(&input).unwrap();
    let mut reader = Reader::from_path(&input).unwrap();
    reader.next().unwrap().unwrap();
    let other = Reader::from_path(&report).unwrap();
    refused(Quarantine::create(&input), &input, READ);
    refused(Quarantine::create(folder.path("q")), &report, READ);
    assert!(!folder.path("q").exists() && !folder.path("in.mrc.jsonl").exists());
    #[cfg(unix)]
    {
        let link = folder.path("link");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        refused(Quarantine::create(&link), &link, READ);
    }
    // What is added at the end destroys nothing.
    drop(Quarantine::append(&input).unwrap());
    assert!(fs::read(&input).unwrap() == before && fs::read(&report).unwrap() == before);
    // At its end a reader reads no more, and one that is dropped does not either.
    assert_eq!(reader.count(), 60);
    drop(other);
    drop(Quarantine::create(&input).unwrap());
    drop(Quarantine::create(folder.path("q")).unwrap());
}

#[test]
fn a_quarantine_is_not_emptied_if_somebody_has_begun_to_read_it_since_it_was_opened() {
    let folder = Folder::new("in-use-late");
    let (input, path) = (damaged(&folder, "in.mrc"), damaged(&folder, "q.mrc"));
    let quarantine = Quarantine::create(&path).unwrap();
    let other = Reader::from_path(&path).unwrap();
    let mut reader = Reader::from_path(&input).unwrap().with_quarantine(quarantine);
    let error = reader.next().unwrap().unwrap_err();
    assert!(error.to_string().contains(READ), "{error}");
    assert!(reader.next().is_none());
    assert_eq!(other.count(), 61);
}

#[test]
fn two_readers_do_not_have_one_quarantine() {
    let folder = Folder::new("in-use-twice");
    let (input, path) = (damaged(&folder, "in.mrc"), folder.path("q.mrc"));
    let reader = Reader::from_path(&input).unwrap();
    let mut reader = reader.with_quarantine(Quarantine::create(&path).unwrap());
    assert!(reader.by_ref().take(30).filter(Result::is_err).count() > 0);
    refused(Quarantine::create(&path), &path, WRITTEN);
    refused(Quarantine::append(&path), &path, WRITTEN);
    let report = folder.path("q.mrc.jsonl");
    refused(Quarantine::create(&report), &report, WRITTEN);
    // The quarantine would go on in a file without a name.
    let error = OutputFile::create(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert!(error.to_string().contains(WRITTEN), "{error}");
    // Reading it is no harm.
    assert!(Reader::from_path(&path).unwrap().count() < 5);
    assert_eq!(reader.count(), 31);
    let whole = fs::read(&path).unwrap();
    drop(Quarantine::append(&path).unwrap());
    assert!(fs::read(&path).unwrap() == whole);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_written_directly_is_not_written_over_what_is_read() {
    use std::os::fd::AsRawFd;

    let folder = Folder::new("in-use-output");
    let input = damaged(&folder, "in.mrc");
    let reader = Reader::from_path(&input).unwrap();
    // Through a descriptor, we write to the end.
    let file = fs::OpenOptions::new().write(true).open(&input).unwrap();
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    OutputFile::create(&name).unwrap().flush().unwrap();
    // To the path, we write another file.
    let mut output = OutputFile::create(&input).unwrap();
    output.write_all(b"new").unwrap();
    output.commit().unwrap();
    assert_eq!(reader.count(), 61);
    assert_eq!(fs::read(&input).unwrap(), b"new");
}
