//! The damage that files come to, built here: what of it is delivered, with which content, and how
//! each fault is placed.

use crate::common::{
    build,
    corpus::fixture_records,
    forge::{self, FieldText},
    observe,
    oracle::{self, Rules},
};
use std::{collections::BTreeMap, sync::LazyLock};
use tidemarc::{Error, ErrorKind, Reader, RecordRef, Severity};

const COUNT: usize = 2_000;
/// The record that is damaged, unless every one is.
const VICTIM: usize = 1_000;

/// The fields of a record, owned.
type Content = Vec<(String, Vec<u8>)>;

fn content(record: RecordRef<'_>) -> Content {
    record.fields().map(|field| (field.tag().to_string(), field.as_bytes().to_vec())).collect()
}

fn content_of(fields: &[FieldText]) -> Content {
    fields.iter().map(|(tag, data)| (tag.to_string(), data.clone())).collect()
}

/// The control number of a record of these fields.
fn id_of(fields: &[FieldText]) -> &str {
    std::str::from_utf8(&fields[0].1).unwrap()
}

/// The fields of the fixture's records, whose tags stay as long as the program runs.
static FIXTURE_LIBRARY: LazyLock<Vec<Vec<FieldText>>> = LazyLock::new(|| {
    let fields = |record: &Vec<u8>| {
        let fields = content(RecordRef::parse(record).unwrap());
        fields.into_iter().map(|(tag, data)| (&*tag.leak(), data)).collect()
    };
    fixture_records("books.mrc").iter().map(fields).collect()
});

/// What a reader that repairs gave: the content of each record by control number, and every fault,
/// those of delivered records too, but for what is only unusual.
#[derive(Default)]
struct Outcome {
    records: BTreeMap<String, Content>,
    faults: Vec<Error>,
}

impl Outcome {
    fn kinds(&self) -> Vec<(ErrorKind, Severity)> {
        self.faults.iter().map(|fault| (fault.kind(), fault.severity())).collect()
    }
}

fn read(input: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut end = 0;
    for result in observe::iso2709().repair(true).from_bytes(input.to_vec()) {
        match result {
            Ok(record) => {
                let id = record.view().control_number().unwrap_or_default().to_vec();
                let id = String::from_utf8(id).unwrap();
                let view = record.view();
                assert!(outcome.records.insert(id, content(view)).is_none(), "twice");
                assert!(record.offset() >= end);
                end = record.offset() + view.as_bytes().len() as u64;
                outcome.faults.extend(
                    record.faults().into_iter().filter(|f| f.severity() > Severity::Information),
                );
            }
            Err(error) => {
                // The bytes of a fault are those of the input at its offset.
                let offset = error.offset().unwrap() as usize;
                assert_eq!(error.raw(), &input[offset..offset + error.length() as usize]);
                outcome.faults.push(error);
            }
        }
    }
    outcome
}

/// Asserts that these records came out, with the right content, and no other.
fn assert_delivered(outcome: &Outcome, library: &[Vec<FieldText>], lost: &[usize], what: &str) {
    for (number, fields) in library.iter().enumerate() {
        let found = outcome.records.get(id_of(fields));
        if lost.contains(&number) {
            assert!(found.is_none(), "{what}: record {number} is there");
        } else {
            assert!(found == Some(&content_of(fields)), "{what}: record {number}: {found:?}");
        }
    }
    assert_eq!(outcome.records.len(), library.len() - lost.len(), "{what}: count");
}

/// A kind of damage: what it does to the bytes of one record.
struct Damage {
    name: &'static str,
    apply: fn(&[FieldText]) -> Vec<u8>,
    is_lost: bool,
    faults: &'static [(ErrorKind, Severity)],
}

use ErrorKind::{
    BaseAddress, Directory, DirectoryLength, FieldPositions, FieldTerminator, Leader, RecordLength,
    RecordTerminator,
};
use Severity::{LostField, LostRecord, Repaired};

fn put(fields: &[FieldText], at: usize, bytes: &[u8]) -> Vec<u8> {
    build::put(forge::record(fields), at, bytes)
}

fn characters(content: &[u8]) -> usize {
    std::str::from_utf8(content).unwrap().chars().count()
}

/// The fields with a byte of the title replaced.
fn with_title(fields: &[FieldText], change: impl Fn(&mut Vec<u8>)) -> Vec<FieldText> {
    let mut fields = fields.to_vec();
    let title = fields.iter_mut().find(|(tag, _)| *tag == "245").unwrap();
    change(&mut title.1);
    fields
}

/// What damages one record and leaves its content as it was, or loses the record and no other.
const DAMAGES: &[Damage] = &[
    Damage {
        name: "length too large by 7",
        apply: |fields| build::misstated(forge::record(fields), 7),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "length too small by 7",
        apply: |fields| build::misstated(forge::record(fields), -7),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "length 99999",
        apply: |fields| put(fields, 0, b"99999"),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "length abcde",
        apply: |fields| put(fields, 0, b"abcde"),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "length 00000",
        apply: |fields| put(fields, 0, b"00000"),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "length of five blanks",
        apply: |fields| put(fields, 0, b"     "),
        is_lost: false,
        faults: &[(RecordLength, Repaired)],
    },
    Damage {
        name: "64 junk bytes before the record",
        apply: |fields| [&(0x80..0xC0).collect::<Vec<u8>>()[..], &forge::record(fields)].concat(),
        is_lost: false,
        faults: &[(RecordLength, LostRecord)],
    },
    Damage {
        name: "cut in the middle",
        apply: |fields| {
            let record = forge::record(fields);
            record[..record.len() * 2 / 3].to_vec()
        },
        is_lost: true,
        faults: &[(RecordTerminator, LostRecord)],
    },
    Damage {
        name: "a directory entry that is not a number",
        apply: |fields| build::spoil_entry(forge::record(fields), 8, build::Part::Length, b"xxxx"),
        is_lost: false,
        faults: &[(Directory, Repaired)],
    },
    Damage {
        name: "a directory entry that points elsewhere",
        apply: |fields| build::spoil_entry(forge::record(fields), 3, build::Part::Start, b"77777"),
        is_lost: false,
        faults: &[(Directory, Repaired)],
    },
    Damage {
        name: "base address off by one",
        apply: |fields| {
            let base = 24 + 12 * fields.len() + 2;
            put(fields, 12, format!("{base:05}").as_bytes())
        },
        is_lost: false,
        faults: &[(BaseAddress, Repaired)],
    },
    Damage {
        name: "base address 00000",
        apply: |fields| put(fields, 12, b"00000"),
        is_lost: false,
        faults: &[(BaseAddress, Repaired)],
    },
    Damage {
        name: "length and directory counted in characters",
        apply: |fields| forge::record_counted(fields, characters),
        is_lost: false,
        faults: &[(RecordLength, Repaired), (FieldPositions, Repaired)],
    },
    Damage {
        name: "a control character in the leader",
        apply: |fields| put(fields, 8, b"\x02"),
        is_lost: false,
        faults: &[(Leader, Repaired)],
    },
    Damage {
        name: "a directory with a byte too many",
        apply: |fields| build::insert(forge::record(fields), 24 + 12 * fields.len(), b" "),
        is_lost: false,
        faults: &[(RecordLength, Repaired), (BaseAddress, Repaired), (DirectoryLength, Repaired)],
    },
    Damage {
        name: "the record terminator is missing",
        apply: |fields| build::cut(forge::record(fields), 1),
        is_lost: false,
        faults: &[(RecordTerminator, Repaired)],
    },
    Damage {
        name: "a field terminator is another byte",
        apply: |fields| {
            let record = forge::record(fields);
            let ends = |at: &usize| record[*at] == 0x1E;
            let at = (24 + 12 * fields.len() + 1..).filter(ends).nth(1).unwrap();
            build::put(record, at, b"^")
        },
        is_lost: false,
        faults: &[(FieldTerminator, Repaired)],
    },
    Damage {
        name: "the last field terminator is missing",
        apply: |fields| {
            let mut record = forge::record(fields);
            record.remove(record.len() - 2);
            record
        },
        is_lost: false,
        faults: &[(RecordLength, Repaired), (FieldTerminator, Repaired)],
    },
];

/// Expected kinds, but for the order, and for what else a record made to look like another says.
fn assert_faults(outcome: &Outcome, damage: &Damage, offset: usize) {
    let mut kinds = outcome.kinds();
    kinds.dedup();
    assert_eq!(kinds, damage.faults, "{}: {:?}", damage.name, outcome.faults);
    for fault in &outcome.faults {
        assert_eq!(fault.offset(), Some(offset as u64), "{}", damage.name);
        assert_eq!(fault.record_number(), Some(VICTIM as u64 + 1), "{}", damage.name);
    }
}

#[test]
fn one_damaged_record_of_two_thousand_costs_no_other() {
    let library = forge::library(1, COUNT);
    let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    let before = records[..VICTIM].concat();
    let after = records[VICTIM + 1..].concat();
    for damage in DAMAGES {
        let outcome = read(&[&before[..], &(damage.apply)(&library[VICTIM]), &after].concat());
        let lost: &[usize] = if damage.is_lost { &[VICTIM] } else { &[] };
        assert_delivered(&outcome, &library, lost, damage.name);
        assert_faults(&outcome, damage, before.len());
    }
}

/// Damage after which the record is sound by its structure, or that is in every record.
#[test]
fn the_rows_that_are_not_the_structure_of_one_record() {
    let library = forge::library(2, COUNT);
    let records: Vec<_> = library.iter().map(|fields| forge::record(fields)).collect();
    let with = |record: Vec<u8>| {
        let mut all = records.clone();
        all[VICTIM] = record;
        all.concat()
    };
    let quiet = |input: &[u8], library: &[Vec<FieldText>], what: &str| {
        let outcome = read(input);
        assert_delivered(&outcome, library, &[], what);
        assert_eq!(outcome.kinds(), [], "{what}");
    };
    for line_end in [&b"\n"[..], b"\r\n", b"\0\0\0\0", b" ", b"\x1A"] {
        let lines: Vec<_> = records.iter().map(|record| [record, line_end].concat()).collect();
        quiet(&lines.concat(), &library, "something after every record");
    }
    let blank: Vec<_> =
        records.iter().map(|record| build::put(record.clone(), 5, b"    ")).collect();
    quiet(&blank.concat(), &library, "leader positions 05-08 blank in every record");
    quiet(&[&b"\xEF\xBB\xBF"[..], &records.concat(), b"\x1A"].concat(), &library, "a BOM");

    for (what, change) in [
        ("indicators #A", (|title| title[..2].copy_from_slice(b"#A")) as fn(&mut Vec<u8>)),
        ("a byte that is not UTF-8", |title| title.push(0xFF)),
        ("a stray record terminator inside a field", |title| title.push(0x1D)),
        ("a field without a subfield", |title| *title = b"10".to_vec()),
    ] {
        let mut library = library.clone();
        library[VICTIM] = with_title(&library[VICTIM], change);
        quiet(&with(forge::record(&library[VICTIM])), &library, what);
    }

    // The same terminator put in after the numbers were counted.
    let mut changed = library.clone();
    changed[VICTIM] = with_title(&library[VICTIM], |title| title.insert(7, 0x1D));
    let record = forge::record(&library[VICTIM]);
    let at = build::find(&record, b"10\x1Fa") + 7;
    let outcome = read(&with(build::insert(record, at, b"\x1D")));
    assert_delivered(&outcome, &changed, &[], "a stray record terminator put in");
    assert_eq!(outcome.kinds(), [(RecordLength, Repaired), (FieldPositions, Repaired)]);
}

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
