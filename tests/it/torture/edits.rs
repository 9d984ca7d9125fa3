//! Single records with an edit or two: everything that comes out is compared with the original.

use super::{assert_there, number, read};
use crate::common::{
    forge::{self, Dice},
    oracle::{self, Field, Kind},
};
use std::ops::Range;

/// Tries the specified number of seeds, all of them even if one fails.
fn for_each_seed(mut attempt: impl FnMut(u64)) {
    let count = number("TIDEMARC_TORTURE", 4_000) as u64;
    let first = number("TIDEMARC_TORTURE_SEED", 1) as u64 * 10_000_000;
    let mut failed = Vec::new();
    for seed in first..first + count {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attempt(seed)));
        if caught.is_err() {
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "{} failed: {failed:?}", failed.len());
}

/// Makes one change to the leader or the directory of a record, of at most sixteen bytes. Returns
/// the changed bytes if all bytes have kept their places.
fn edit(record: &mut Vec<u8>, base: usize, dice: &mut Dice) -> Option<Range<usize>> {
    let at = dice.below(base);
    let end = base.min(at + 1 + dice.below(16));
    let bytes = match dice.below(4) {
        0 => (at..end).map(|_| dice.next() as u8).collect(),
        1 => (at..end).map(|_| *dice.one_of(b"0123456789 \x1D\x1E\x1F")).collect(),
        2 => (at..end).map(|_| b'0' + dice.below(10) as u8).collect(),
        _ => {
            let from = dice.below(base - (end - at) + 1);
            record[from..from + end - at].to_vec()
        }
    };
    match dice.below(4) {
        0 => {
            record.splice(at..at, bytes);
        }
        1 => {
            record.drain(at..end);
        }
        2 => {
            let copy = record[at..end].to_vec();
            record.splice(at..at, copy);
        }
        _ => {
            record[at..end].copy_from_slice(&bytes);
            return Some(at..end);
        }
    }
    None
}

/// Results of one edit of a leader or directory.
#[derive(Debug, Default)]
struct Edited {
    sound: usize,
    whole: usize,
    lacking: usize,
    refused: usize,
    /// Number of records delivered with an overwritten tag that nothing contradicts.
    other_tag: usize,
}

/// Reads a record with one edit between two others, and compares everything that comes out.
fn edit_once(seed: u64, tally: &mut Edited) {
    let mut dice = Dice::new(seed.wrapping_mul(0x9E6C_63D0_876A_9A99));
    let fields = forge::fields(&mut dice, "victim");
    let record = forge::record(&fields);
    let base = record.iter().position(|&byte| byte == 0x1E).unwrap() + 1;
    let mut edited = record.clone();
    let in_place = edit(&mut edited, base, &mut dice);
    let ends = ["first", "last"].map(|id| forge::record(&forge::fields(&mut dice, id)));
    let input = [&ends[0][..], &edited, &ends[1]].concat();
    let seen = read(&input);
    let last = ends[0].len() + edited.len();
    assert_there(&seen, &[(0, &ends[0]), (last, &ends[1])], || format!("seed {seed}"));
    let mut delivered = 0;
    for seen in &seen[1..seen.len() - 1] {
        let Some(oracle::Repaired { fields: found, lacks, .. }) = &seen.repaired else {
            // Digits of one entry overwrite those of another: the structure is sound.
            tally.sound += usize::from(seen.kind == Kind::Record);
            delivered += usize::from(seen.kind == Kind::Record);
            continue;
        };
        delivered += 1;
        let original = oracle::parse(&record).unwrap();
        let tag_at = |at: usize| 24 + 12 * at..24 + 12 * at + 3;
        let was_hit = |at: usize| {
            let tag = tag_at(at);
            in_place.as_ref().is_some_and(|hit| hit.start < tag.end && tag.start < hit.end)
        };
        let mut rest = original.iter().enumerate();
        let mut are_other = false;
        for field in found {
            let is_it = rest.any(|(at, one)| {
                are_other |= one.data == field.data && one.tag != field.tag && was_hit(at);
                one.data == field.data && (one.tag == field.tag || was_hit(at))
            });
            assert!(is_it, "seed {seed}: invented {field:?} {in_place:?} {seen:?}");
        }
        assert!(*lacks || found.len() == original.len(), "seed {seed}: lost in silence {seen:?}");
        tally.other_tag += usize::from(are_other);
        match lacks {
            false => tally.whole += 1,
            true => tally.lacking += 1,
        }
    }
    assert!(delivered <= 1, "seed {seed}: {seen:?}");
    tally.refused += usize::from(delivered == 0);
}

#[test]
fn one_edit_of_a_leader_or_directory_invents_nothing_and_loses_nothing_in_silence() {
    let mut tally = Edited::default();
    for_each_seed(|seed| edit_once(seed, &mut tally));
    eprintln!("edits of leaders and directories: {tally:?}");
}

/// The bytes hit by an edit, at their original offsets: the first, and the one after the last.
type Hit = (usize, usize);

/// Edits the fields of a record.
fn edit_fields(record: &mut Vec<u8>, base: usize, other: &[u8], dice: &mut Dice) -> Vec<Hit> {
    let end = record.len() - 1;
    let at = base + dice.below(end - base);
    let until = end.min(at + 1 + dice.below(16));
    let ends: Vec<usize> = (base..end).filter(|&at| record[at] == 0x1E).collect();
    match dice.below(7) {
        0 => {
            let bytes: Vec<u8> =
                (at..until).map(|_| *dice.one_of(b"0123456789 abc\x1D\x1E\x1F")).collect();
            record.splice(at..at, bytes);
            vec![(at, at)]
        }
        1 => {
            record.drain(at..until);
            vec![(at, until)]
        }
        2 => {
            let copy = record[at..until].to_vec();
            record.splice(at..at, copy);
            vec![(at, at)]
        }
        // A terminator is inserted.
        3 => {
            record.insert(at, 0x1E);
            vec![(at, at)]
        }
        // A terminator is removed.
        4 => {
            let gone = *dice.one_of(&ends);
            record.remove(gone);
            vec![(gone, gone + 1)]
        }
        // One terminator is inserted and another removed.
        5 => {
            let gone = *dice.one_of(&ends);
            record[gone] = b' ';
            record.insert(at, 0x1E);
            vec![(gone, gone + 1), (at, at)]
        }
        // A block of another record's fields is inserted.
        _ => {
            let other = &other[other.iter().position(|&byte| byte == 0x1E).unwrap()..];
            let length = (end - at).min(other.len()).min(1 + dice.below(512));
            let from = dice.below(other.len() - length + 1);
            record[at..at + length].copy_from_slice(&other[from..from + length]);
            vec![(at, at + length)]
        }
    }
}

/// Results of edits of the fields.
#[derive(Debug, Default)]
struct FieldsEdited {
    sound: usize,
    whole: usize,
    lacking: usize,
    refused: usize,
    /// Number of records delivered with a field of another record.
    exchanged: usize,
    /// Number of fields delivered in silence although nothing of them is left.
    replaced: usize,
}

/// Reads a record whose fields were edited, between two others. A field that was not hit must not
/// come out with other content or another tag, and must not be lost in silence.
fn edit_fields_once(seed: u64, tally: &mut FieldsEdited) {
    let mut dice = Dice::new(seed.wrapping_mul(0x8CB9_2BA7_2F3D_8DD7));
    let fields = forge::fields(&mut dice, "victim");
    let record = forge::record(&fields);
    let other = forge::record(&forge::fields(&mut dice, "other"));
    let base = record.iter().position(|&byte| byte == 0x1E).unwrap() + 1;
    let mut edited = record.clone();
    let hits = edit_fields(&mut edited, base, &other, &mut dice);
    let ends = ["first", "last"].map(|id| forge::record(&forge::fields(&mut dice, id)));
    let seen = read(&[&ends[0][..], &edited, &ends[1]].concat());
    let last = ends[0].len() + edited.len();
    assert_there(&seen, &[(0, &ends[0]), (last, &ends[1])], || format!("seed {seed}"));
    let mut original = Vec::new();
    let mut start = base;
    for field in oracle::parse(&record).unwrap() {
        let end = start + field.data.len() + 1;
        original.push((field, start..end));
        start = end;
    }
    let is_hit =
        |place: &Range<usize>| hits.iter().any(|hit| place.start <= hit.1 && hit.0 <= place.end);
    let mut delivered = 0;
    for seen in &seen[1..seen.len() - 1] {
        let Some(oracle::Repaired { fields: found, lacks, .. }) = &seen.repaired else {
            let is_sound = seen.kind == Kind::Record;
            tally.sound += usize::from(is_sound);
            delivered += usize::from(is_sound);
            continue;
        };
        delivered += 1;
        let mut rest = original.iter();
        for field in found {
            let is_it = rest.any(|(one, place)| {
                one.tag == field.tag && (one.data == field.data || is_hit(place))
            });
            if !is_it {
                eprintln!("seed {seed}: {field:?} is another's, {hits:?} {seen:?}");
                tally.exchanged += 1;
                break;
            }
        }
        let is_whole = found.len() == original.len();
        assert!(*lacks || is_whole, "seed {seed}: lost in silence {hits:?} {seen:?}");
        if *lacks {
            tally.lacking += 1;
            continue;
        }
        tally.whole += 1;
        tally.replaced += replaced(found, &original, &hits);
    }
    tally.refused += usize::from(delivered == 0);
}

/// Returns the number of fields that lie inside a hit with all their bytes, and have other bytes
/// now.
fn replaced(found: &[Field], original: &[(Field, Range<usize>)], hits: &[Hit]) -> usize {
    let is_gone = |(field, (one, place)): &(&Field, &(Field, Range<usize>))| {
        field.data != one.data && hits.iter().any(|hit| hit.0 <= place.start && place.end <= hit.1)
    };
    found.iter().zip(original).filter(is_gone).count()
}

#[test]
fn edits_of_the_fields_exchange_nothing_and_lose_nothing_in_silence() {
    let mut tally = FieldsEdited::default();
    for_each_seed(|seed| edit_fields_once(seed, &mut tally));
    eprintln!("edits of fields: {tally:?}");
    // The edit may insert what looks like a field and the end of a record; this may pass for the
    // last field.
    let delivered = tally.whole + tally.lacking;
    assert!(tally.exchanged * 10_000 <= delivered, "{tally:?}");
    // A block over the last fields may leave as many that are well-formed.
    assert!(tally.replaced * 200 <= tally.whole, "{tally:?}");
}
