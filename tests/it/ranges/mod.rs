//! Ranges: whatever the cuts, the readers of all ranges of an input deliver together what one reader
//! of the whole input delivers.

#[cfg(feature = "compress")]
mod blocks;
mod hostile;
#[cfg(feature = "formats")]
mod lines;

use crate::common::{
    build, cases,
    corpus::fixture,
    observe::{self, Outcome, read_ranges},
    oracle::Rules,
    strategies as any_,
};
use crate::properties::config;
use proptest::prelude::*;
use std::{env, fs, path::PathBuf, process, sync::Arc, thread};
use tidemarc::{ErrorKind, Reader, ReaderBuilder, splits};

/// A file that is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("tidemarc-ranges-{}-{name}", process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn builder(rules: Rules) -> ReaderBuilder {
    observe::iso2709().max_record_length(rules.limit).repair(rules.repairs)
}

fn assert_union(input: &[u8], cuts: &[u64], builder: &ReaderBuilder, whole: &Outcome) {
    let parts = read_ranges(cuts, |range| builder.clone().range(range).from_bytes(input.to_vec()));
    assert!(parts == *whole, "{cuts:?}: {parts:#?}\n{whole:#?}");
}

#[test]
fn every_cut_of_a_file_of_twenty_records_gives_the_same() {
    let records: Vec<_> =
        (0..20).map(|number| build::simple(&"id".repeat(1 + number % 7))).collect();
    let mut damaged = records.clone();
    damaged[3].truncate(40);
    damaged[4][0] = b'x';
    damaged[9] = build::record(&[("001", b"outer"), ("500", &records[1])]);
    damaged[10] = build::misstated(records[10].clone(), 50);
    damaged[15].splice(24..36, []);
    damaged[16].extend_from_slice(b"\r\n\0\0");
    for (records, repairs) in [(&records, false), (&damaged, false), (&damaged, true)] {
        let input = records.concat();
        // A low limit on record length makes the look-back short.
        for limit in [100, 200, 1 << 20] {
            let rules = Rules { limit, repairs };
            let whole = observe::expected(&input, rules);
            let builder = builder(rules).threads(1);
            for cut in 0..=input.len() as u64 + 1 {
                assert_union(&input, &[cut], &builder, &whole);
            }
        }
    }
}

#[test]
fn cuts_of_every_case_give_the_same() {
    for case in cases::all() {
        for repairs in [false, true] {
            let rules = Rules { limit: case.max_record_length, repairs };
            let whole = observe::expected(&case.input, rules);
            let builder = builder(rules).threads(1);
            let length = case.input.len() as u64;
            for cut in (0..=length).step_by((length / 15).max(1) as usize) {
                assert_union(&case.input, &[cut, cut + 1, length / 2], &builder, &whole);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn the_union_of_any_ranges_is_the_whole(
        input in any_::input(), limit in any_::limit(), repairs in any::<bool>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        chunk_size in prop_oneof![1..80usize, Just(1 << 16)], threads in 1..3usize,
    ) {
        let rules = Rules { limit, repairs };
        let whole = observe::expected(&input, rules);
        let builder = builder(rules).chunk_size(chunk_size).threads(threads);
        let cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 2) as u64).collect();
        assert_union(&input, &cuts, &builder, &whole);
        let file = Temporary::new("any", &input);
        for read_ahead in [true, false] {
            let builder = builder.clone().read_ahead(read_ahead);
            let parts = read_ranges(&cuts, |range| builder.clone().range(range).from_path(&file.0).unwrap());
            prop_assert_eq!(&parts, &whole);
        }
    }
}

#[test]
fn ranges_of_a_file_of_many_records_give_the_same() {
    let input = fixture("books-damaged.mrc").repeat(20);
    let file = Temporary::new("many", &input);
    for repairs in [false, true] {
        let builder = builder(Rules { limit: 1 << 20, repairs });
        let whole = observe::read(builder.from_bytes(input.clone()));
        for target in [1 << 20, 400_001, 30_000] {
            let ranges = builder.splits(&file.0, target).unwrap();
            assert_eq!(ranges.len() as u64, (input.len() as u64).div_ceil(target));
            let cuts: Vec<_> = ranges[1..].iter().map(|range| range.start).collect();
            let open = |range| builder.clone().range(range).from_path(&file.0).unwrap();
            assert!(read_ranges(&cuts, open) == whole, "{target}");
        }
    }
}

#[test]
fn a_foreign_input_is_one_range() {
    let input = [b"<html>".to_vec(), vec![b'x'; 70_000], fixture("books.mrc")].concat();
    let builder = builder(Rules { limit: 1 << 20, repairs: true });
    let whole = observe::read(builder.from_bytes(input.clone()));
    assert!(!whole.counts.complete && whole.seen.len() == 1);
    let parts = read_ranges(&[10, 80_000, 90_000], |range| {
        builder.clone().range(range).from_bytes(input.clone())
    });
    assert_eq!(parts, whole);
    let file = Temporary::new("foreign", &input);
    let ranges = builder.splits(&file.0, 1_000).unwrap();
    assert_eq!(ranges, [tidemarc::ByteRange::from(0..)]);
    assert!(splits(&file.0, 1_000).unwrap().len() > 100, "without repair it is searched");
}

#[test]
fn a_range_that_cannot_be_read_is_an_error() {
    let input = fixture("books.mrc");
    let error = |mut reader: Reader| reader.next().unwrap().unwrap_err();
    let range = |start, end| Reader::builder().range(start..end);
    for (error, message) in [
        (error(range(0, 5).from_reader(std::io::Cursor::new(input.clone()))), "regular file"),
        (error(range(0, 5).start(3).from_bytes(input.clone())), "a range or a start, not both"),
        (error(range(5, 4).from_bytes(input.clone())), "begins at 5 and ends before it, at 4"),
        (range(5, 4).from_path("no such file").unwrap_err(), "begins at 5"),
        (range(0, 5).from_path("no such file").unwrap_err(), "No such file"),
        (range(0, 5).from_path("/").unwrap_err(), "directory"),
        (splits("/", 5).unwrap_err(), "directory"),
        #[cfg(unix)]
        (splits("/dev/null", 5).unwrap_err(), "regular file"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn parts_that_are_read_at_once_give_the_same() {
    let input = fixture("books-damaged.mrc").repeat(6);
    let file = Temporary::new("parts", &input);
    for repairs in [false, true] {
        let rules = Rules { limit: 1 << 20, repairs };
        // A part has 64 chunks.
        let builder = builder(rules).chunk_size(500);
        let whole = observe::read(builder.from_bytes(input.clone()));
        for partitions in [2, 3, 7] {
            let builder = builder.clone().partitions(partitions);
            assert!(observe::read(builder.from_path(&file.0).unwrap()) == whole);
            assert!(observe::read(builder.from_bytes(input.clone())) == whole);
            assert!(observe::read_batches(builder.from_bytes(input.clone())) == whole);
            let cuts = [50_000, 200_001];
            let open = |range| builder.clone().range(range).from_path(&file.0).unwrap();
            assert!(read_ranges(&cuts, open) == whole);
        }
        let builder = builder.partitions(3).max_faults(2);
        let serial = observe::read(builder.clone().partitions(1).from_bytes(input.clone()));
        assert!(observe::read(builder.from_bytes(input.clone())) == serial);
        // A reader that is dropped early ends its threads; one of a lost file reports it.
        let mut reader = builder.from_path(&file.0).unwrap();
        assert!(reader.next().unwrap().is_ok());
    }
}

#[test]
fn a_part_that_cannot_be_read_is_an_error_in_its_place() {
    let input = fixture("books.mrc").repeat(6);
    let file = Temporary::new("lost", &input);
    let builder = Reader::builder().partitions(2).chunk_size(500);
    let mut reader = builder.from_path(&file.0).unwrap();
    let first = reader.next().unwrap().unwrap();
    fs::remove_file(&file.0).unwrap();
    let items: Vec<_> = reader.by_ref().collect();
    let (error, records) = items.split_last().unwrap();
    assert_eq!(error.as_ref().unwrap_err().kind(), ErrorKind::Io);
    assert!(records.iter().all(Result::is_ok) && records.len() < 300);
    assert_eq!(first.number(), 1);
    assert!(!reader.stats().complete && reader.stats().failed);
}

#[test]
fn parts_end_wherever_the_reader_is_dropped() {
    let input: Arc<[u8]> = fixture("books-damaged.mrc").repeat(4).into();
    let whole = Reader::from_bytes(Arc::clone(&input)).filter(Result::is_ok).count();
    for round in 0..120 {
        let (partitions, chunk_size) = (2 + round % 6, 300 + 37 * (round % 11));
        let builder = Reader::builder().partitions(partitions).chunk_size(chunk_size);
        let mut reader = builder.from_bytes(Arc::clone(&input));
        let taken = round * 31 % (whole + 20);
        let found = reader.by_ref().filter(Result::is_ok).take(taken).count();
        assert_eq!(found, taken.min(whole));
    }
    // The threads of all those readers find that nobody wants more, and let go of the bytes.
    while Arc::strong_count(&input) > 1 {
        thread::yield_now();
    }
}
