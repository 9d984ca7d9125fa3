//! Ranges: whatever the cuts, the readers of all ranges of an input deliver together what one reader
//! of the whole input delivers.

use crate::common::{
    cases,
    corpus::{fixture, fixture_records},
    observe::{self, Outcome, read_ranges},
    oracle::Rules,
    strategies as any_,
};
use crate::properties::config;
use proptest::prelude::*;
use std::{env, fs, path::PathBuf, process};
use tidemarc::ReaderBuilder;

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
    let records = fixture_records("books.mrc");
    let short: Vec<_> = records.into_iter().filter(|record| record.len() < 1_100).collect();
    let records = short[..20].concat();
    let damaged = &fixture("books-damaged.mrc")[50_000..65_000];
    for (input, repairs) in [(&records[..], false), (damaged, false), (damaged, true)] {
        // A low limit on record length makes the look-back short.
        for limit in [1_500, 1 << 20] {
            let rules = Rules { limit, repairs };
            let whole = observe::expected(input, rules);
            let builder = builder(rules).threads(1);
            for cut in 0..=input.len() as u64 + 1 {
                assert_union(input, &[cut], &builder, &whole);
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
            for cut in (0..=length).step_by((length / 50).max(1) as usize) {
                assert_union(&case.input, &[cut, cut + 1, length / 2], &builder, &whole);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(1_500))]

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
