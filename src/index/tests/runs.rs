//! Keys beyond the limit of memory are sorted by a temporary file.

use crate::{
    index::{build::Build, entry::Key, sort::Sorter},
    stream::Options,
};
use std::{env, fs, path::PathBuf, process, task::Poll, vec::Vec};

/// Returns the path of a file for one test.
fn path(name: &str) -> PathBuf {
    env::temp_dir().join(format!("tidemarc-index-{name}-{}", process::id()))
}

#[test]
fn runs_are_merged_in_order() {
    let key = |number: u64| Key::new(&(number % 500).to_le_bytes(), number);
    let mut expected: Vec<_> = (0..10_000).map(key).collect();
    expected.sort_unstable();
    for most in [1, 7, 999, 5_000, 9_999, 10_000, 10_001] {
        let mut sorter = Sorter::new(env::temp_dir(), most);
        (0..10_000).for_each(|number| sorter.add(key(number)).unwrap());
        assert_eq!(sorter.count(), 10_000);
        let sorted: Vec<_> = sorter.finish().unwrap().map(Result::unwrap).collect();
        assert!(sorted == expected, "{most}");
    }
}

#[test]
fn an_index_does_not_depend_on_the_limit() {
    let source = path("limit.mrc");
    fs::write(&source, fs::read("tests/fixtures/books.mrc").unwrap().repeat(30)).unwrap();
    let build = |most| {
        let target = path("limit.tmi");
        let mut build = Build::with_limit(&source, &target, Options::default(), most).unwrap();
        while !matches!(build.step(None).unwrap(), Poll::Ready(true)) {}
        let index = build.finish(&mut || Ok(())).unwrap();
        assert_eq!((index.len(), index.duplicates()), (1_800, 1_740));
        let bytes = fs::read(&target).unwrap();
        fs::remove_file(target).unwrap();
        bytes
    };
    let whole = build(1 << 20);
    assert!(build(100) == whole && build(1) == whole);
    fs::remove_file(source).unwrap();
}

#[test]
fn a_caller_can_stop_the_end_of_the_work() {
    let (source, target) = (path("stop.mrc"), path("stop.tmi"));
    fs::copy("tests/fixtures/books.mrc", &source).unwrap();
    let mut build = Build::begin(&source, &target, Options::default()).unwrap();
    while !matches!(build.step(None).unwrap(), Poll::Ready(true)) {}
    let stopped = build.finish(&mut || Err(std::io::Error::other("stopped"))).unwrap_err();
    assert!(stopped.to_string().contains("stopped"), "{stopped}");
    assert!(!target.exists());
    fs::remove_file(source).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_grows_while_it_is_read_has_no_index() {
    use std::io::Write;
    let (source, target) = (path("grows.mrc"), path("grows.tmi"));
    fs::copy("tests/fixtures/books.mrc", &source).unwrap();
    let mut build = Build::begin(&source, &target, Options::default()).unwrap();
    while !matches!(build.step(None).unwrap(), Poll::Ready(true)) {}
    fs::OpenOptions::new().append(true).open(&source).unwrap().write_all(b"\n").unwrap();
    let error = build.finish(&mut || Ok(())).unwrap_err();
    assert!(matches!(error, crate::IndexError::Stale { .. }), "{error}");
    assert!(!target.exists());
    fs::remove_file(source).unwrap();
}
