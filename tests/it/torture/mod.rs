//! Files damaged at random and everywhere: truncated at every byte, with every bit flipped, and
//! with several damages at once, by the thousand.
//!
//! `make test` runs a part of it, `make torture` all. TIDEMARC_TORTURE is the number of random
//! files, TIDEMARC_TORTURE_SEED the first seed (default 1); TIDEMARC_EXHAUSTIVE tests every offset.

mod edits;

use crate::common::{
    forge::{self, Dice},
    observe::{self, Pieces, Seen},
    oracle::{self, Kind, Rules},
};
use std::{collections::HashMap, env};
use tidemarc::ReaderBuilder;

const LIMIT: usize = 1 << 20;
const WITH_REPAIR: Rules = Rules { limit: LIMIT, repairs: true };

fn number(variable: &str, default: usize) -> usize {
    env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

fn builder() -> ReaderBuilder {
    observe::iso2709().repair(true).max_record_length(LIMIT).threads(1)
}

fn read(input: &[u8]) -> Vec<Seen> {
    let outcome = observe::read(builder().from_bytes(input.to_vec()));
    let counts = outcome.counts;
    let bytes = counts.record_bytes + counts.fault_bytes + counts.padding_bytes;
    assert!(bytes == input.len() as u64 || !counts.complete, "F1: {counts:?}");
    outcome.seen
}

/// Asserts that these records came out unchanged, each at its offset.
fn assert_there(seen: &[Seen], records: &[(usize, &[u8])], what: impl Fn() -> String) {
    let found: HashMap<u64, &Seen> = seen.iter().map(|seen| (seen.offset, seen)).collect();
    for (offset, record) in records {
        let is_there = found
            .get(&(*offset as u64))
            .is_some_and(|seen| seen.kind == Kind::Record && seen.raw == *record);
        assert!(is_there, "{}: the record at {offset} is lost", what());
    }
}

/// Returns each record with its offset.
fn placed(records: &[Vec<u8>]) -> Vec<(usize, &[u8])> {
    let mut offset = 0;
    let place = |record: &Vec<u8>| {
        offset += record.len();
        offset - record.len()
    };
    let offsets: Vec<_> = records.iter().map(place).collect();
    offsets.into_iter().zip(records.iter().map(Vec::as_slice)).collect()
}

fn twenty() -> Vec<Vec<u8>> {
    forge::library(20, 20).iter().map(|fields| forge::record(fields)).collect()
}

#[test]
fn truncation_at_any_byte_costs_the_record_it_cuts_and_no_other() {
    let records = twenty();
    let input = records.concat();
    let placed = placed(&records);
    let step = if env::var_os("TIDEMARC_EXHAUSTIVE").is_some() { 1 } else { 7 };
    let mut repaired = 0;
    for end in (0..=input.len()).step_by(step) {
        let whole: Vec<_> =
            placed.iter().copied().filter(|(at, record)| at + record.len() <= end).collect();
        let seen = read(&input[..end]);
        assert_there(&seen, &whole, || format!("cut at {end}"));
        let is_at_edge = whole.last().map_or(0, |(at, record)| at + record.len()) == end;
        assert_eq!(seen.len(), whole.len() + usize::from(!is_at_edge), "cut at {end}");
        repaired += seen.iter().filter(|seen| seen.kind == Kind::Repaired).count();
    }
    eprintln!("{} truncations, {repaired} of the cut records repaired", input.len() / step + 1);
}

/// Returns true if this byte of a record is in one of the numbers of its leader or directory.
fn is_number(record: &[u8], at: usize) -> bool {
    let directory_end = record.iter().position(|&byte| byte == 0x1E).unwrap();
    match at {
        0..24 => true,
        _ => at < directory_end && (at - 24) % 12 >= 3,
    }
}

#[test]
fn any_single_bit_flipped_costs_no_record_but_its_own() {
    let records = twenty();
    let mut input = records.concat();
    let placed = placed(&records);
    let step = if env::var_os("TIDEMARC_EXHAUSTIVE").is_some() { 1 } else { 41 };
    let (mut flips, mut sound, mut repaired, mut exact, mut lost) = (0, 0, 0, 0, 0);
    for bit in (0..8 * input.len()).step_by(step) {
        let at = bit / 8;
        input[at] ^= 1 << (bit % 8);
        let seen = read(&input);
        let (victim, others): (Vec<_>, Vec<_>) = placed
            .iter()
            .copied()
            .partition(|(offset, record)| (*offset..offset + record.len()).contains(&at));
        assert_there(&seen, &others, || format!("bit {bit}"));
        let (offset, record) = victim[0];
        match seen.iter().find(|seen| seen.offset == offset as u64) {
            Some(Seen { kind: Kind::Record, .. }) => sound += 1,
            Some(Seen { repaired: Some(found), .. }) => {
                repaired += 1;
                if is_number(record, at - offset) {
                    let fields = oracle::parse(record).unwrap();
                    assert!(found.fields == fields, "bit {bit}: other content");
                    exact += 1;
                }
            }
            _ => lost += 1,
        }
        flips += 1;
        input[at] ^= 1 << (bit % 8);
    }
    eprintln!("{flips} flips: {sound} records sound, {repaired} repaired, {lost} lost");
    eprintln!("{exact} of those repaired were damaged in a number, and are as they were");
    assert!(lost * 200 < flips, "{lost} of {flips}");
}

/// Makes one change to a file, anywhere.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.below(bytes.len());
    match dice.below(12) {
        0 => bytes[at] = dice.next() as u8,
        1 => bytes[at] = *dice.one_of(b"\x1D\x1E\x1F0123456789 #"),
        2 => bytes[at] ^= 1 << dice.below(8),
        3 => {
            let end = bytes.len().min(at + 1 + dice.below(200));
            bytes.drain(at..end);
        }
        4 => {
            let count = dice.below(80);
            let junk: Vec<u8> = (0..count).map(|_| dice.next() as u8).collect();
            bytes.splice(at..at, junk);
        }
        5 => {
            let end = bytes.len().min(at + dice.below(1_500));
            let copy = bytes[at..end].to_vec();
            let to = dice.below(bytes.len());
            bytes.splice(to..to, copy);
        }
        6 => bytes.truncate(at),
        7 => {
            // This changes a length in a leader.
            let leader = bytes[at..].iter().position(|&byte| byte == 0x1D);
            let start = leader.map_or(0, |found| at + found + 1);
            if let Some(length) = bytes.get_mut(start..start + 5) {
                let lengths = [b"99999", b"00000", b"abcde", b"00123", b"     "];
                length.copy_from_slice(&lengths[dice.below(5)][..]);
            }
        }
        8 => {
            let end = bytes.len().min(at + 1 + dice.below(60));
            bytes[at..end].fill(*dice.one_of(b"\0 \xFFx0"));
        }
        9 => {
            let ends = [b"\r\n", b"\x1E\x1D", b"\0\0", b"\x1D\x1D"];
            bytes.splice(at..at, *ends[dice.below(4)]);
        }
        10 => bytes.rotate_left(at.min(300)),
        _ => {
            // This exchanges two bytes.
            let other = dice.below(bytes.len());
            bytes.swap(at, other);
        }
    }
}

/// Reads one file with several damages, in several ways.
fn torture(seed: u64) {
    let mut dice = Dice::new(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
    let count = 1 + dice.below(4);
    let mut bytes = Vec::new();
    for number in 0..count {
        let mut fields = forge::fields(&mut dice, &forge::id(number));
        // Short records make the damage dense.
        let keep = 2 + dice.below(6);
        fields.drain(1..fields.len().saturating_sub(keep).max(1));
        bytes.extend(match dice.below(6) {
            0 => forge::record_counted(&fields, |content| {
                String::from_utf8_lossy(content).chars().count()
            }),
            1 => forge::with_carriage_returns(&forge::record(&fields)),
            _ => forge::record(&fields),
        });
    }
    for _ in 0..dice.below(5) {
        damage(&mut bytes, &mut dice);
    }
    // A record that is sound and stands by itself must not be lost because of its surroundings.
    let sound = forge::record(&forge::fields(&mut dice, "sound"));
    let offset = bytes.len();
    bytes.extend(&sound);

    let frames = observe::frame_whole(&bytes, WITH_REPAIR);
    assert_eq!(frames.iter().map(|frame| frame.length).sum::<usize>(), bytes.len(), "F1");
    let lengths = [1 + dice.below(100), 1 + dice.below(700)];
    let mut turn = 0;
    let pieces = observe::frame_pieces(&bytes, WITH_REPAIR, || {
        turn += 1;
        lengths[turn % 2]
    });
    assert_eq!(frames, pieces, "F2");
    let outcome = observe::read(builder().from_bytes(bytes.clone()));
    if seed.is_multiple_of(8) {
        assert_eq!(outcome, observe::expected(&bytes, WITH_REPAIR), "the oracle");
        assert_eq!(frames, oracle::frames(&bytes, WITH_REPAIR), "the oracle");
        let chunked = builder().threads(1 + dice.below(4)).chunk_size(lengths[1]);
        let source = Pieces::new(bytes.clone(), move || lengths[0]);
        assert_eq!(outcome, observe::read(chunked.from_reader(source)), "P10");
    }
    let covers = |seen: &&Seen| {
        let end = seen.offset as usize + seen.raw.len();
        seen.offset as usize <= offset && end == bytes.len()
    };
    let last = outcome.seen.iter().find(covers).expect("the last record is in something");
    assert!(matches!(last.kind, Kind::Record | Kind::Repaired), "F5: {last:?}");
}

#[test]
fn files_with_several_damages_keep_every_contract() {
    let count = number("TIDEMARC_TORTURE", 1_000) as u64;
    let first = number("TIDEMARC_TORTURE_SEED", 1) as u64 * 10_000_000;
    for seed in first..first + count {
        let caught = std::panic::catch_unwind(|| torture(seed));
        assert!(caught.is_ok(), "seed {seed}");
    }
}
