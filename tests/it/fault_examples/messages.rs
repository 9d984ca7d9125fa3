//! The messages of structural faults have numbers.

use super::{
    examples,
    inputs::{counted, sound},
};
use crate::common::build::{cut, put, simple};
use std::collections::BTreeSet;
use tidemarc::{Reader, Summary};

/// Returns code and message of every fault of an input between two records.
fn messages_of(input: &[u8], repair: bool) -> Vec<String> {
    let input = [simple("a"), input.to_vec(), simple("b")].concat();
    let builder = Reader::builder().repair(repair).max_record_length(1 << 17);
    let summary = Summary::of(builder.from_bytes(input)).unwrap();
    let message =
        |(_, error): (u64, &tidemarc::Error)| format!("{} {}", error.code(), error.reason());
    summary.faults().map(message).collect()
}

#[test]
fn every_structural_fault_says_what_is_stated_and_what_is_there() {
    let mut found = BTreeSet::new();
    for (code, _, input, ..) in examples() {
        if code != "TM404" {
            found.extend(messages_of(&input, false));
            found.extend(messages_of(&input, true));
        }
    }
    let signs = [
        "says ",
        " is 0x",
        " ends at ",
        " end at ",
        " is \"",
        "malformed: \"",
        " entries, ",
        "at least ",
        " the tag \"",
    ];
    for message in &found {
        let is_structural = message[2..] < *"402~" && !message.starts_with("TM205");
        let is_length = message.contains("is not a multiple of 12");
        let has_numbers = is_length || signs.iter().any(|sign| message.contains(sign));
        assert!(has_numbers || !is_structural, "{message}");
    }
    for message in [
        "TM101 the record length (leader/00-04) is not the record's length: says 113, has 106",
        "TM101 the record length (leader/00-04) is not the record's length: says \"some \", has 15",
        "TM102 the bytes are not a MARC leader: leader/08 is 0x01; repaired",
        "TM103 no directory ends before the base address of data (leader/12-16): says 74, the \
         directory ends at 73",
        "TM103 no directory ends before the base address of data (leader/12-16): says 72, but the \
         directory's length, 47, is not a multiple of 12",
        "TM104 leader/10-11 is \"00\", not 22, which was assumed",
        "TM105 the entry map (leader/20-23) is \"45e0\", not 4500, which was assumed",
        "TM201 directory entry 2 ends at 90,083; the fields of the record end at 105",
        "TM201 directory entry 2 is malformed: \"245xxxx00004\"",
        "TM201 directory entry 2 leads to no field of its own: it says 77 to 88; repaired",
        "TM201 the directory does not reach the end of the record: its fields end at 84, the \
         record at 94",
        "TM202 the directory's length, 25, is not a multiple of 12; repaired",
        "TM202 the directory's length, 47, is not a multiple of 12: 1 field is lost (probably tag \
         245)",
        "TM205 no control number (001) is among the fields that were found",
        "TM206 the tag \".33\" is not three letters or digits",
        "TM206 the tag \"   \" is not three letters or digits",
        "TM505 the indicator \"é\" is not one ASCII character",
        "TM505 the indicator \"\\u{a0}\" is not one ASCII character",
        "TM102 the bytes are not a MARC leader: leader/18 is \"\u{FFFD}\"; the leader has 26 bytes; \
         repaired",
        "TM203 the directory's lengths and starts do not lead to the fields, which were found by \
         their terminators: entry 2 (tag 245) says 65 to 80; repaired",
        "TM204 the record has data that no directory entry points to: 3 entries, 4 fields; its \
         content is lost",
        "TM301 the field of directory entry 2 does not end in a field terminator (0x1E): byte 86 \
         is 0x78",
        "TM302 no record terminator (0x1D) where the record should end: byte 105 is 0x0A",
        "TM302 no record terminator (0x1D) where the record should end: says 106, has 86",
        "TM303 a field terminator (0x1E) or record terminator (0x1D) inside a field: byte 58 is \
         0x1E",
    ] {
        assert!(found.contains(message), "{message}");
    }
}

#[test]
fn a_message_has_what_there_is_of_numbers() {
    for (input, message) in [
        (cut(sound(), 90), "TM401 the input ends inside the record: says 106, has 16"),
        (
            put(sound(), 12, b"xxxxx"),
            "TM103 no directory ends before the base address of data \
          (leader/12-16): says \"xxxxx\", the directory ends at 73",
        ),
    ] {
        let reader = Reader::builder().from_bytes(input);
        let found: Vec<_> = reader.map(|record| record.unwrap_err()).collect();
        let found: Vec<_> =
            found.iter().map(|error| format!("{} {}", error.code(), error.reason())).collect();
        assert!(found.iter().any(|found| found == message), "{found:?}");
    }
}

#[test]
fn the_message_on_a_directory_names_lost_tags_as_far_as_they_can_be_read() {
    for (removed, expected) in [
        // A digit of the length, and one of the start.
        (40..41, ": 1 field is lost (probably tag 245)"),
        (47..48, ": 1 field is lost (probably tag 245)"),
        // A digit of the tag.
        (36..37, ": 1 field is lost"),
        (38..39, ": 1 field is lost"),
        // The end of one entry, and the beginning of the next.
        (46..50, ": 2 fields are lost (probably tag 245)"),
    ] {
        let mut record = sound();
        let base = 73 - removed.len();
        record.drain(removed.clone());
        let messages = messages_of(&counted(record, base), true);
        let found = messages.iter().find(|message| message.starts_with("TM202"));
        let found = found.unwrap_or_else(|| panic!("{removed:?}: {messages:?}"));
        assert!(found.ends_with(expected), "{removed:?}: {found}");
    }
}
