//! Damage beside sound records, and what it does to them.

use super::{damages::DAMAGES, *};

/// Each damage at each record of the fixture, and each pair of damages at neighbours: what was not
/// damaged comes out with its content, whatever becomes of the rest.
#[test]
fn damage_anywhere_and_in_pairs_costs_no_sound_record() {
    let library = &*FIXTURE_LIBRARY;
    let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    let last = records.len() - 1;
    for (first, damage) in DAMAGES.iter().enumerate() {
        for at in 0..=last {
            let mut damaged = records.clone();
            damaged[at] = (damage.apply)(&library[at]);
            let outcome = read(&damaged.concat());
            let lost: &[usize] = if damage.is_lost { &[at] } else { &[] };
            assert_delivered(&outcome, library, lost, &format!("{} at {at}", damage.name));
        }
        for (second, other) in DAMAGES.iter().enumerate() {
            // In turn everywhere: each pair at the first two records, at the last two, and at two in
            // between, which are others for every pair.
            for at in [0, (first * DAMAGES.len() + second) % last, last - 1] {
                let mut damaged = records.clone();
                damaged[at] = (damage.apply)(&library[at]);
                damaged[at + 1] = (other.apply)(&library[at + 1]);
                let outcome = read(&damaged.concat());
                for (number, fields) in library.iter().enumerate() {
                    if number != at && number != at + 1 {
                        let found = outcome.records.get(id_of(fields));
                        let pair = (damage.name, other.name, at);
                        assert!(found == Some(&content_of(fields)), "{pair:?}: {number}");
                    }
                }
                // Where all is ASCII, characters are bytes.
                let is_damaged = damaged != records;
                assert_eq!(!outcome.faults.is_empty(), is_damaged, "{} {at}", damage.name);
            }
        }
    }
}

#[test]
fn descriptor_words_are_passed_over_and_counted() {
    let library = forge::library(9, 50);
    let mut input = Vec::new();
    for fields in &library {
        let record = forge::record(fields);
        input.extend(((record.len() + 4) as u16).to_be_bytes());
        input.extend([0, 0]);
        input.extend(record);
    }
    for repairs in [false, true] {
        let mut reader = observe::iso2709().repair(repairs).from_bytes(input.clone());
        assert_eq!(reader.by_ref().filter(|result| result.is_ok()).count(), 50);
        assert_eq!((reader.stats().faults, reader.stats().kind(ErrorKind::Descriptor)), (0, 50));
    }
    assert_delivered(&read(&input), &library, &[], "record descriptor words");
    // In a block, filled up with zeros.
    let mut blocked = ((input.len() + 4) as u16).to_be_bytes().to_vec();
    blocked.extend([0, 0]);
    blocked.extend(&input);
    blocked.extend([0; 100]);
    let twice = blocked.repeat(2);
    let items = oracle::items(&twice, oracle::Rules { limit: 1 << 20, repairs: true });
    assert!(items.iter().all(|item| !matches!(item.kind, oracle::Kind::Fault { .. })));
    let rules = oracle::Rules { limit: 1 << 20, repairs: true };
    let outcome = observe::read(Reader::builder().repair(true).from_bytes(twice.clone()));
    assert_eq!(outcome, observe::expected(&twice, rules));
}

/// The framer takes the cut record and the damaged one for a record by their ends; inside, the second
/// must end where it says, though its fields are as many only with what follows it.
#[test]
fn a_damaged_record_inside_a_refused_span_ends_where_it_says() {
    let inner = build::put(build::simple("after"), 54, b"\xE1");
    let tail = b"\xE4\xDF \x1FaLast\x1E\x1D";
    let length = inner.len() + tail.len();
    let directory =
        [build::entry("001", 4, 0), b"245abcd00004".to_vec(), build::entry("500", length - 1, 4)];
    let outer = build::assemble(
        &directory.concat(),
        &[b"bad\x1E", &inner[..], &tail[..tail.len() - 1]].concat(),
    );
    let rules = oracle::Rules { limit: 1 << 20, repairs: true };
    let expected = observe::expected(&outer, rules);
    assert_eq!(observe::read(Reader::builder().repair(true).from_bytes(outer.clone())), expected);
    let lengths: Vec<_> = expected.seen.iter().map(|seen| seen.raw.len()).collect();
    assert_eq!(lengths, [outer.len() - length, inner.len(), tail.len()]);
}

/// A pipe that brings one record after the other: none waits for the next one, also behind a damaged
/// one, whose own end must only be seen to be there.
#[test]
fn a_sound_record_behind_a_damaged_one_does_not_wait() {
    use tidemarc::framing::{FrameKind, Framer, Step};
    for damage in DAMAGES {
        let library = forge::library(10, 3);
        let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
        let arrived = [&records[0][..], &(damage.apply)(&library[1]), &records[2]].concat();
        let mut framer = Framer::new().repairs(true);
        let (mut at, mut sound) = (0, 0);
        while let Step::Frame(frame) = framer.next(&arrived[at..], false) {
            at += frame.length;
            sound += usize::from(frame.kind == FrameKind::Record);
        }
        assert_eq!(at, arrived.len(), "{}", damage.name);
        assert!(sound >= 2, "{}", damage.name);
    }
}
