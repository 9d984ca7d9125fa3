//! Records of which a part is lost, and records beyond the limits of the format.

use super::*;

#[test]
fn a_record_cut_off_by_the_end_of_the_input_is_a_fault_that_shows_its_bytes() {
    let library = forge::library(3, COUNT);
    let input: Vec<u8> = library.iter().flat_map(|fields| forge::record(fields)).collect();
    let cut = &input[..input.len() - 100];
    let outcome = read(cut);
    assert_delivered(&outcome, &library, &[COUNT - 1], "the last record truncated");
    assert_eq!(outcome.kinds(), [(ErrorKind::Truncation, LostRecord)]);
    assert!(cut.ends_with(outcome.faults[0].raw()));
}

#[test]
fn records_beyond_99999_bytes_are_delivered_whole() {
    let mut library = forge::library(4, COUNT);
    for note in 0..16usize {
        let text = format!("  \x1Fa{note} {}", "long ".repeat(1_700 + note)).into_bytes();
        library[VICTIM].push(("505", text));
    }
    let records: Vec<_> =
        library.iter().map(|fields| forge::record_counted(fields, <[u8]>::len)).collect();
    assert!(records[VICTIM].len() > 136_000);
    for length in [None, Some(b"99999"), Some(b"00000")] {
        let mut records = records.clone();
        if let Some(length) = length {
            records[VICTIM][..5].copy_from_slice(length);
        }
        let outcome = read(&records.concat());
        assert_delivered(&outcome, &library, &[], "a record of 136 KB");
        assert_eq!(outcome.kinds(), [(RecordLength, Repaired), (FieldPositions, Repaired)]);
    }
    // Or with all digits that the numbers take.
    let mut input = records.clone();
    input[VICTIM] = forge::record_overflowing(&library[VICTIM]);
    let outcome = read(&input.concat());
    assert_delivered(&outcome, &library, &[], "a leader of 25 bytes");
    assert_eq!(outcome.kinds(), [(RecordLength, Repaired), (DirectoryLength, Repaired)]);
    let input = input[VICTIM - 1..][..3].join(&b"\r\n"[..]);
    for piece in [1, 24, 25, 65_536] {
        let rules = Rules { limit: 1 << 20, repairs: true };
        let frames = observe::frame_pieces(&input, rules, || piece);
        assert_eq!(frames, oracle::frames(&input, rules), "in pieces of {piece} bytes");
    }
    // A field of more than 9,999 bytes too.
    let mut library = forge::library(5, 20);
    library[9].insert(8, ("520", [b"  \x1Fa".to_vec(), b"x".repeat(23_456)].concat()));
    let input: Vec<u8> =
        library.iter().flat_map(|f| forge::record_counted(f, <[u8]>::len)).collect();
    let outcome = read(&input);
    assert_delivered(&outcome, &library, &[], "a field of 23 KB");
    assert_eq!(outcome.faults.len(), 1, "{:?}", outcome.faults);
}

#[test]
fn line_feeds_that_a_transfer_doubled_are_taken_with_the_fields() {
    let mut library = forge::library(6, COUNT);
    for fields in &mut library {
        fields.push(("520", b"  \x1FaFirst line\nsecond line\nthird".to_vec()));
        fields.push(("599", b"  \x1FaAfter".to_vec()));
    }
    let records: Vec<_> =
        library.iter().map(|fields| forge::with_carriage_returns(&forge::record(fields))).collect();
    let outcome = read(&records.concat());
    for fields in &mut library {
        for (_, content) in fields {
            *content = forge::with_carriage_returns(content);
        }
    }
    assert_delivered(&outcome, &library, &[], "CR LF");
    assert!(outcome.faults.iter().all(|fault| fault.severity() == Repaired));
}

#[test]
fn a_field_whose_entry_cannot_be_read_is_lost_and_said_to_be() {
    let library = forge::library(7, 20);
    let spoilt =
        build::spoil_entry(forge::record(&library[9]), 8, build::Part::Tag, b"\x01\x02\x03");
    let mut records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    records[9] = spoilt;
    let outcome = read(&records.concat());
    let mut expected = library.clone();
    expected[9].remove(7);
    assert_delivered(&outcome, &expected, &[], "a field lost");
    assert_eq!(outcome.kinds(), [(Directory, LostField)]);
    assert_eq!(outcome.faults[0].entry(), Some(8));
}

/// Damage to a directory that leaves entries which look right: what comes out of such a record is a
/// part of it, and a fault says that something is lost.
#[test]
fn what_damage_took_from_a_directory_is_lost_and_said_to_be() {
    let library = forge::library(8, 20);
    let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    let whole = &records[9];
    let cut = |from: usize, to: usize| [&whole[..from], &whole[to..]].concat();
    // The eighth entry is that of the title.
    let title = 24 + 12 * 7;
    let damages: [(&str, Vec<u8>, &[usize]); 6] = [
        ("an entry gone", cut(title, title + 12), &[7, 8]),
        ("an entry and a third of another gone", cut(title + 3, title + 19), &[7, 8]),
        ("the end of one and the start of the next gone", cut(title + 3, title + 15), &[7, 8]),
        ("the first entry gone", cut(24, 36), &[0, 1]),
        ("a byte in a tag", build::insert(whole.clone(), title + 1, b"9"), &[7]),
        ("a byte gone from a tag", cut(title + 1, title + 2), &[7]),
    ];
    for (what, record, lost) in damages {
        let mut damaged = records.clone();
        damaged[9] = record;
        let mut expected = library.clone();
        for at in lost.iter().rev() {
            expected[9].remove(*at);
        }
        let outcome = read(&damaged.concat());
        let found: Vec<_> = outcome.records.values().collect();
        let found_one = found.iter().find(|found| ***found == content_of(&expected[9]));
        assert!(found_one.is_some() && found.len() == 20, "{what}: {:?}", outcome.kinds());
        assert!(outcome.kinds().iter().any(|(_, severity)| *severity == LostField), "{what}");
    }
    for (what, entry) in [("an entry twice", title), ("an entry twice, off its place", title + 3)] {
        let mut damaged = records.clone();
        damaged[9] = build::insert(whole.clone(), entry, &whole[entry..entry + 12]);
        let outcome = read(&damaged.concat());
        assert_delivered(&outcome, &library, &[], what);
        let kinds = [RecordLength, BaseAddress, Directory].map(|kind| (kind, Repaired));
        assert_eq!(outcome.kinds(), kinds, "{what}");
    }
}

#[test]
fn the_tail_of_a_record_whose_head_was_lost_is_a_fault() {
    let library = forge::library(8, 20);
    let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    for cut in 1..100 {
        let mut damaged = records.clone();
        damaged[9].drain(..cut);
        let outcome = read(&damaged.concat());
        if cut < 24 && outcome.records.len() == 20 {
            assert!(outcome.kinds().iter().any(|(_, severity)| *severity == LostField), "{cut}");
            continue;
        }
        assert_delivered(&outcome, &library, &[9], &format!("{cut} bytes gone"));
        assert_eq!(outcome.faults.len(), 1, "{cut}");
    }
    let mut damaged = records;
    damaged[9].insert(24, 0x1D);
    let outcome = read(&damaged.concat());
    assert_delivered(&outcome, &library, &[9], "a record terminator behind the leader");
    assert!(outcome.faults.iter().all(|fault| fault.severity() == LostRecord));
}
