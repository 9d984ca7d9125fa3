//! One table of cases for every path: the oracle, the framer on the whole input and in pieces, and
//! readers of every source, chunk size and number of threads. All must have the same result.

use crate::common::{
    cases::{self, Case},
    observe::{self, Outcome, Pieces},
    oracle::{self, Rules},
};
use std::{collections::HashSet, env, fs, path::PathBuf, sync::Arc};
use tidemarc::{Reader, ReaderBuilder};

/// Runs a check on every case, and names all cases that fail.
fn for_every_case(check: impl Fn(&Case)) {
    let cases = cases::all();
    let failed: Vec<_> = cases
        .iter()
        .filter(|case| {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case)));
            caught.is_err()
        })
        .map(|case| case.name)
        .collect();
    assert!(failed.is_empty(), "{} of {} cases failed: {failed:#?}", failed.len(), cases.len());
}

fn builder(case: &Case, chunk_size: usize, threads: usize) -> ReaderBuilder {
    observe::iso2709()
        .max_record_length(case.max_record_length)
        .chunk_size(chunk_size)
        .threads(threads)
}

fn expected(case: &Case) -> Outcome {
    observe::expected(&case.input, case.max_record_length)
}

/// Returns every small chunk size, and those around the lengths of this case's records.
fn chunk_sizes(case: &Case) -> Vec<usize> {
    let mut sizes: Vec<_> = (1..=100).collect();
    for item in case.items() {
        let end = item.offset + item.length;
        sizes.extend([item.length - 1, item.length, item.length + 1, end - 1, end, end + 1]);
    }
    sizes.extend([case.input.len().saturating_sub(1), case.input.len(), 1 << 16]);
    sizes.retain(|&size| size > 0);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

#[test]
fn every_case_has_a_name_of_its_own_that_json_need_not_escape() {
    let mut names = HashSet::new();
    for case in cases::all() {
        assert!(names.insert(case.name), "twice: {}", case.name);
        let is_plain = |c: char| c == ' ' || c.is_ascii_graphic() && c != '"' && c != '\\';
        assert!(case.name.chars().all(is_plain), "{}", case.name);
    }
}

#[test]
fn the_oracle_says_what_was_expected_by_hand() {
    for_every_case(|case| {
        assert_eq!(cases::in_words(&case.items()), case.expected, "{}", case.name)
    });
}

#[test]
fn the_oracle_covers_every_input_without_gap_or_overlap() {
    for_every_case(|case| {
        let mut offset = 0;
        for item in case.items() {
            assert_eq!(item.offset, offset);
            assert!(0 < item.length && item.length <= case.max_record_length);
            offset += item.length;
        }
        assert_eq!(offset, case.input.len());
    });
}

#[test]
fn the_framer_shown_the_whole_input_agrees() {
    for_every_case(|case| {
        let limit = case.max_record_length;
        let frames = observe::frame_whole(&case.input, limit);
        assert_eq!(frames, oracle::frames(&case.input, limit), "{}", case.name);
    });
}

#[test]
fn the_framer_shown_one_byte_more_at_a_time_agrees() {
    for_every_case(|case| {
        let limit = case.max_record_length;
        let frames = observe::frame_pieces(&case.input, limit, || 1);
        assert_eq!(frames, oracle::frames(&case.input, limit), "{}", case.name);
    });
}

/// Returns the rules of a case with repair.
fn with_repair(case: &Case) -> Rules {
    Rules { limit: case.max_record_length, repairs: true }
}

#[test]
fn with_repair_the_framer_agrees_in_one_piece_and_byte_by_byte() {
    for_every_case(|case| {
        let rules = with_repair(case);
        let expected = oracle::frames(&case.input, rules);
        assert_eq!(observe::frame_whole(&case.input, rules), expected, "{}", case.name);
        assert_eq!(observe::frame_pieces(&case.input, rules, || 1), expected, "{}", case.name);
    });
}

#[test]
fn with_repair_readers_agree_at_every_chunk_size() {
    for_every_case(|case| {
        let expected = observe::expected(&case.input, with_repair(case));
        let input: Arc<[u8]> = case.input.clone().into();
        for chunk_size in chunk_sizes(case) {
            for threads in [1, 2] {
                let builder = builder(case, chunk_size, threads).repair(true);
                let source = Pieces::new(Arc::clone(&input), || usize::MAX);
                let outcome = observe::read(builder.from_reader(source));
                assert_eq!(outcome, expected, "{}, {chunk_size}, {threads}", case.name);
            }
        }
        let lent = observe::read_batches(builder(case, 100, 2).repair(true).from_bytes(input));
        assert_eq!(lent, expected, "{}", case.name);
    });
}

#[test]
fn a_reader_on_one_thread_agrees_at_every_chunk_size() {
    for_every_case(|case| {
        let expected = expected(case);
        let input: Arc<[u8]> = case.input.clone().into();
        for chunk_size in chunk_sizes(case) {
            let source = Pieces::new(Arc::clone(&input), || usize::MAX);
            let outcome = observe::read(builder(case, chunk_size, 1).from_reader(source));
            assert_eq!(outcome, expected, "{}, chunk size {chunk_size}", case.name);
        }
    });
}

#[test]
fn a_pipeline_on_two_threads_agrees_at_every_chunk_size() {
    for_every_case(|case| {
        let expected = expected(case);
        let input: Arc<[u8]> = case.input.clone().into();
        for chunk_size in chunk_sizes(case) {
            let source = Pieces::new(Arc::clone(&input), || usize::MAX);
            let outcome = observe::read(builder(case, chunk_size, 2).from_reader(source));
            assert_eq!(outcome, expected, "{}, chunk size {chunk_size}", case.name);
        }
    });
}

#[test]
fn a_pipeline_on_eight_threads_agrees() {
    for_every_case(|case| {
        let expected = expected(case);
        let input: Arc<[u8]> = case.input.clone().into();
        for chunk_size in [1, 2, 3, 7, 13, 26, 63, 64, 65, 100, 128] {
            let source = Pieces::new(Arc::clone(&input), || usize::MAX);
            let outcome = observe::read(builder(case, chunk_size, 8).from_reader(source));
            assert_eq!(outcome, expected, "{}, chunk size {chunk_size}", case.name);
        }
    });
}

#[test]
fn batches_lent_agree_with_records_kept() {
    for_every_case(|case| {
        let expected = expected(case);
        for (chunk_size, threads) in [(1, 1), (1, 2), (64, 1), (64, 2), (100, 8), (1 << 16, 1)] {
            let source = Pieces::new(case.input.clone(), || usize::MAX);
            let outcome =
                observe::read_batches(builder(case, chunk_size, threads).from_reader(source));
            assert_eq!(outcome, expected, "{}, chunks {chunk_size}, {threads}", case.name);
        }
    });
}

#[test]
fn a_source_that_reads_short_changes_nothing() {
    for_every_case(|case| {
        let expected = expected(case);
        for (chunk_size, threads) in [(16, 1), (16, 2), (1 << 16, 1), (1 << 16, 2)] {
            for short in [1, 5, 24] {
                let source = Pieces::new(case.input.clone(), move || short);
                let outcome = observe::read(builder(case, chunk_size, threads).from_reader(source));
                assert_eq!(outcome, expected, "{}, {chunk_size}, {threads}, {short}", case.name);
            }
        }
    });
}

#[test]
fn a_reader_that_does_not_read_ahead_agrees() {
    for_every_case(|case| {
        let input: Arc<[u8]> = case.input.clone().into();
        for (repairs, chunk_size) in [(false, 1 << 16), (false, 7), (true, 1 << 16)] {
            let rules = Rules { limit: case.max_record_length, repairs };
            let expected = observe::expected(&case.input, rules);
            for short in [1, 24, usize::MAX] {
                let source = Pieces::new(Arc::clone(&input), move || short);
                let builder = builder(case, chunk_size, 8).repair(repairs).read_ahead(false);
                let outcome = observe::read(builder.from_reader(source));
                assert_eq!(outcome, expected, "{}, {chunk_size}, {short}", case.name);
            }
        }
    });
}

#[test]
fn bytes_in_memory_agree() {
    for_every_case(|case| {
        let expected = expected(case);
        let input: Arc<[u8]> = case.input.clone().into();
        for chunk_size in [1, 7, 63, 64, 100, 1 << 16] {
            for threads in [1, 2, 8] {
                let reader = builder(case, chunk_size, threads).from_bytes(Arc::clone(&input));
                assert_eq!(reader.stats().total_bytes, Some(input.len() as u64));
                let outcome = observe::read(reader);
                assert_eq!(outcome, expected, "{}, {chunk_size}, {threads}", case.name);
            }
        }
    });
}

#[test]
fn a_file_agrees() {
    let path = env::temp_dir().join(format!("tidemarc-cases-{}.mrc", std::process::id()));
    for_every_case(|case| {
        let expected = expected(case);
        fs::write(&path, &case.input).unwrap();
        for (chunk_size, threads) in [(1, 1), (1, 2), (50, 2), (100, 8), (1 << 16, 2)] {
            let reader = builder(case, chunk_size, threads).from_path(&path).unwrap();
            assert_eq!(reader.stats().total_bytes, Some(case.input.len() as u64));
            assert_eq!(observe::read(reader), expected, "{}, {chunk_size}, {threads}", case.name);
        }
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn records_longer_than_the_usual_chunk_are_read() {
    let small = crate::common::build::simple("small");
    let long = crate::common::build::sized(99_999);
    let input =
        [&small[..], &long, &long, &small, b"\n", &crate::common::build::cut(long.clone(), 9)]
            .concat();
    let expected = observe::expected(&input, 1 << 20);
    let (records, faults) = (expected.counts.records, expected.counts.faults);
    assert_eq!((records, faults), (4, 1));
    for chunk_size in [1_000, 65_536, 100_000, 1 << 20] {
        for threads in [1, 2, 8] {
            let reader = Reader::builder().chunk_size(chunk_size).threads(threads);
            let source = Pieces::new(input.clone(), || usize::MAX);
            assert_eq!(
                observe::read(reader.from_reader(source)),
                expected,
                "{chunk_size}, {threads}"
            );
            let input = input.clone();
            assert_eq!(
                observe::read(reader.from_bytes(input)),
                expected,
                "{chunk_size}, {threads}"
            );
        }
    }
}

#[test]
fn the_fixtures_hold_what_their_readme_says() {
    use crate::common::corpus::{fixture, fixture_path};
    for (name, records) in [("books.mrc", 60), ("ascii.mrc", 8)] {
        let outcome = observe::read(Reader::from_path(fixture_path(name)).unwrap());
        assert_eq!((outcome.counts.records, outcome.counts.faults), (records, 0), "{name}");
        assert_eq!(outcome, observe::expected(&fixture(name), 1 << 20), "{name}");
    }
    let items = oracle::items(&fixture("books-damaged.mrc"), 1 << 20);
    let odd: Vec<_> = items
        .iter()
        .filter(|item| item.kind != oracle::Kind::Record)
        .map(|item| (item.kind.name(), item.number))
        .collect();
    // Each fault has a number, so the 64 bytes of junk before record 20 shift the other numbers by
    // one.
    let expected = [
        ("padding", None),
        ("record_length", Some(8)),
        ("record_length", Some(20)),
        ("record_terminator", Some(31)),
        ("directory", Some(46)),
        ("padding", None),
    ];
    assert_eq!(odd, expected);
    for (chunk_size, threads) in [(1, 1), (100, 2), (1_000, 8), (1 << 16, 2)] {
        let reader = Reader::builder().chunk_size(chunk_size).threads(threads);
        let outcome = observe::read(reader.from_path(fixture_path("books-damaged.mrc")).unwrap());
        assert_eq!(outcome, observe::expected(&fixture("books-damaged.mrc"), 1 << 20));
    }
}

/// Checks the table for other languages. `TIDEMARC_BLESS=1 cargo test --test cases` writes it.
#[test]
fn the_table_in_json_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/cases.json");
    let json = cases::to_json();
    if env::var_os("TIDEMARC_BLESS").is_some() {
        fs::write(&path, &json).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == json, "{} is out of date: set TIDEMARC_BLESS=1", path.display());
    assert!(json.len() < 300_000, "{} bytes", json.len());
}
