//! Files of several hundred kilobytes that make it hard to find where a record begins.

use super::builder;
use crate::common::{
    build,
    corpus::fixture,
    forge::Dice,
    observe::{self, read_ranges},
    oracle::Rules,
};

/// Returns a record whose fields are `contents`, which may be anything.
fn record_of(contents: &[u8]) -> Vec<u8> {
    build::record(&[("001", b"outer"), ("500", contents)])
}

/// Returns a damaged record that reaches as far as one can: 99,997 bytes of directory, and fields of
/// 109,998 bytes that are full of small records. Only its length is wrong.
fn longest() -> Vec<u8> {
    const ENTRIES: usize = 8_331;
    let mut directory = Vec::new();
    let mut start = 0;
    for entry in 0..ENTRIES {
        let length = match entry {
            _ if entry + 1 == ENTRIES => 9_999,
            _ if entry + 2 == ENTRIES => 99_999 - start,
            _ => 12,
        };
        directory.extend(format!("500{length:04}{start:05}").into_bytes());
        start += length;
    }
    let base = 24 + directory.len() + 1;
    assert_eq!((base, start), (99_997, 109_998));
    let mut fields = build::simple("inside").repeat(start / 40);
    fields.truncate(start - 1);
    // The first 0x1D is in the leader.
    let head = format!("00000nam a22{base:05}   45\x1D0").into_bytes();
    let record = [head, directory, vec![0x1E], fields, vec![0x1E, 0x1D]].concat();
    assert_eq!(record.len(), 209_996);
    record
}

/// Returns leaders whose stated lengths all lead to a 0x1D, beyond many others.
fn claims() -> Vec<u8> {
    let mut input = Vec::new();
    for number in 0..9_000 {
        let claim = 40 * (1 + number * 7 % 2_400);
        let leader = format!("{claim:05}nam a2200049   4500");
        input.extend(format!("{leader}{number:015}\x1D").into_bytes());
    }
    input
}

fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let books = fixture("books.mrc");
    let around = |middle: Vec<u8>| [&books[..], &middle, &books[..]].concat();
    let small = build::simple("small");
    let nested = record_of(&small.repeat(9_000 / small.len())).repeat(40);
    let words = |record: &[u8]| [&[0, record.len() as u8 + 4, 0, 0], record].concat();
    let leaders = b"00080nam a2200049   4500001000600000245000700006".repeat(6_000);
    vec![
        ("records in fields", nested.clone()),
        ("records in fields of damaged records", {
            let mut damaged = nested;
            for at in (0..damaged.len()).step_by(7_919) {
                damaged[at] = b'9';
            }
            damaged
        }),
        ("the longest reach", around([vec![0; 300_000], longest()].concat())),
        ("claims", claims()),
        ("junk", around(vec![b'x'; 300_000])),
        ("terminators", around(vec![0x1D; 300_000])),
        ("field terminators", around(vec![0x1E; 300_000])),
        ("zeros", around(vec![0; 300_000])),
        ("blanks and junk", around([vec![b' '; 300_000], b"junk".to_vec()].concat())),
        ("leaders", around(leaders)),
        ("descriptor words", words(&small).repeat(6_000)),
        ("small records", small.repeat(6_000)),
    ]
}

#[test]
fn hostile_files_give_the_same() {
    for (name, input) in inputs() {
        let mut dice = Dice::new(input.len() as u64);
        for (limit, repairs) in [(16 << 20, false), (16 << 20, true), (5_000, false), (900, true)] {
            let rules = Rules { limit, repairs };
            let builder = builder(rules).threads(1);
            let whole = observe::read(builder.from_bytes(input.clone()));
            if name == "the longest reach" && limit > 1 << 20 && !repairs {
                assert!(whole.seen.iter().any(|seen| seen.raw.len() == 209_996));
            }
            let mut cuts: Vec<_> = (0..8).map(|_| dice.below(input.len()) as u64).collect();
            // The reach takes cuts that are close to each other; the other files need fewer.
            let count = if name == "the longest reach" { 32 } else { 6 };
            cuts.extend((1..count).map(|part| input.len() as u64 * part / count));
            // Around the ends of a few items.
            for _ in 0..4 {
                let item = dice.one_of(&whole.seen);
                let end = item.offset + item.raw.len() as u64;
                cuts.extend([item.offset + 1, end - 1, end, end + 1]);
            }
            let parts =
                read_ranges(&cuts, |range| builder.clone().range(range).from_bytes(input.clone()));
            assert!(parts == whole, "{name}, {rules:?}: {cuts:?}");
        }
    }
}
