//! Each kind of damage, at one record of two thousand.

use super::*;

/// A kind of damage: what it does to the bytes of one record.
pub struct Damage {
    pub name: &'static str,
    pub apply: fn(&[FieldText]) -> Vec<u8>,
    pub is_lost: bool,
    pub faults: &'static [(ErrorKind, Severity)],
}

/// What damages one record and leaves its content as it was, or loses the record and no other.
pub const DAMAGES: &[Damage] = &[
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
        name: "U+FFFD in the leader, counted as one byte",
        apply: |fields| with_wide_leader(fields, 0),
        is_lost: false,
        faults: &[(Leader, Repaired)],
    },
    Damage {
        name: "U+FFFD in the leader, counted as three bytes",
        apply: |fields| with_wide_leader(fields, 2),
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

/// A record with U+FFFD at leader/18, whose length and base address count this many bytes more.
fn with_wide_leader(fields: &[FieldText], more: usize) -> Vec<u8> {
    let record = forge::record(fields);
    let length = format!("{:05}", record.len() + more);
    let base = format!("{:05}", 24 + 12 * fields.len() + 1 + more);
    let record = build::put(build::put(record, 0, length.as_bytes()), 12, base.as_bytes());
    [&record[..18], "\u{FFFD}".as_bytes(), &record[19..]].concat()
}

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
