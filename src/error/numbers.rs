//! The numbers in the message of a structural fault, which the bytes of the record give.
//!
//! Offsets count from the first byte of the record.

use super::Grouped;
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, ErrorKind, FIELD_TERMINATOR, Fault, LEADER_LENGTH, Leader,
    RECORD_TERMINATOR, Severity, WideLeader, decode_entry, directory_end, leader_start, number,
    wide_leader,
};
use std::{
    format,
    ops::Range,
    str,
    string::{String, ToString},
};

/// Returns the message of a fault in these bytes, without its position.
pub(super) fn reason(fault: Fault, raw: &[u8], location: Range<usize>) -> String {
    if let Some(found @ [byte, ..]) = raw.get(location.clone()) {
        let shown = || String::from_utf8_lossy(found).escape_debug().to_string();
        match fault.kind() {
            ErrorKind::StrayTerminator => {
                let at = grouped(location.start);
                return format!("{}: byte {at} is 0x{byte:02X}", fault.what());
            }
            ErrorKind::Tag => {
                return format!("the tag \"{}\" is not three letters or digits", shown());
            }
            ErrorKind::Indicator => {
                return match str::from_utf8(found) {
                    Ok(_) => format!("the indicator \"{}\" is not one ASCII character", shown()),
                    Err(_) => format!("the indicator 0x{byte:02X} is not one ASCII character"),
                };
            }
            _ => {}
        }
    }
    match explained(fault, &raw[leader_start(raw)..]) {
        Some(text) => text + fault.consequence(),
        None => fault.to_string(),
    }
}

/// Returns the message without its consequence; `None` if the bytes give no numbers.
fn explained(fault: Fault, record: &[u8]) -> Option<String> {
    let with = |numbers: String| Some(format!("{}: {numbers}", fault.what()));
    let length = grouped(record.len());
    match fault.kind() {
        ErrorKind::RecordLength => {
            let stated: &[u8; 5] = record.first_chunk()?;
            match number(stated) {
                Some(says) if says == record.len() => {
                    let end = grouped(reach(record)?);
                    with(format!("says {length}; the fields of its directory end at {end}"))
                }
                _ => with(format!("says {}, has {length}", said(stated))),
            }
        }
        ErrorKind::Leader => with(implausible(record)?),
        ErrorKind::BaseAddress => {
            let says = said(record.get(12..17)?);
            with(match directory_end(record) {
                Some(end) if number(record.get(12..17)?) == Some(end) => {
                    let length = grouped(end.checked_sub(LEADER_LENGTH + 1)?);
                    format!(
                        "says {says}, but the directory's length, {length}, is not a multiple of 12"
                    )
                }
                Some(end) => format!("says {says}, the directory ends at {}", grouped(end)),
                None => format!("says {says}, and no 0x1E follows the leader"),
            })
        }
        ErrorKind::LeaderCounts => {
            let found = record.get(10..12)?.escape_ascii();
            Some(format!("leader/10-11 is \"{found}\", not 22, which was assumed"))
        }
        ErrorKind::EntryMap => {
            let found = record.get(20..24)?.escape_ascii();
            Some(format!(
                "the entry map (leader/20-23) is \"{found}\", not 4500, which was assumed"
            ))
        }
        ErrorKind::Directory => match fault.entry() {
            Some(entry) => wrong_entry(fault, entry, record),
            None => {
                let end = grouped(reach(record)?);
                with(format!("its fields end at {end}, the record at {length}"))
            }
        },
        ErrorKind::ControlNumber => {
            let is_control_number = |entry: &Entry| entry.starts_with(b"001");
            let entry = entries(record)?.position(is_control_number)? + 1;
            Some(format!(
                "the control number is lost: directory entry {entry} (tag 001) leads to no field \
                 that is certainly its own"
            ))
        }
        ErrorKind::DirectoryLength => {
            let length = grouped(directory_end(record)?.checked_sub(LEADER_LENGTH + 1)?);
            Some(format!("the directory's length, {length}, is not a multiple of 12"))
        }
        ErrorKind::FieldPositions => with(first_wrong_place(record)?),
        ErrorKind::UnlistedData => {
            let (listed, found) = (entries(record)?.count(), fields(record)?);
            with(format!("{} entries, {} fields", grouped(listed), grouped(found)))
        }
        ErrorKind::FieldTerminator => {
            let at = fault.location(record);
            let [byte] = *record.get(at.clone())? else { return None };
            with(format!("byte {} is 0x{byte:02X}", grouped(at.start)))
        }
        ErrorKind::RecordTerminator => {
            let stated = number(record.first_chunk::<5>()?).unwrap_or(record.len());
            let last = record.get(stated.checked_sub(1)?);
            with(match last {
                Some(byte) if *byte != RECORD_TERMINATOR => {
                    format!("byte {} is 0x{byte:02X}", grouped(stated - 1))
                }
                _ => format!("says {}, has {length}", grouped(stated)),
            })
        }
        ErrorKind::Truncation => {
            let says = number(record.first_chunk::<5>()?)?;
            with(format!("says {}, has {length}", grouped(says)))
        }
        ErrorKind::OverLong => with(format!("it has at least {length} bytes")),
        _ => None,
    }
}

type Entry = [u8; DIRECTORY_ENTRY_LENGTH];

fn grouped(number: usize) -> String {
    Grouped(number as u64).to_string()
}

/// Returns the number that these bytes state, or the bytes themselves.
fn said(bytes: &[u8]) -> String {
    number(bytes).map_or_else(|| format!("\"{}\"", bytes.escape_ascii()), grouped)
}

fn entries(record: &[u8]) -> Option<impl Iterator<Item = &Entry>> {
    let directory = record.get(LEADER_LENGTH..directory_end(record)? - 1)?;
    Some(directory.chunks_exact(DIRECTORY_ENTRY_LENGTH).filter_map(|entry| entry.try_into().ok()))
}

/// Returns the number of fields between the terminators.
fn fields(record: &[u8]) -> Option<usize> {
    let data = record.get(directory_end(record)?..)?;
    Some(memchr::memchr_iter(FIELD_TERMINATOR, data).count())
}

/// Returns the base address that the leader states, or the end of the directory.
fn base(record: &[u8]) -> Option<usize> {
    let stated = Leader::new(record.first_chunk()?).base_address();
    stated.filter(|&base| base <= record.len()).or_else(|| directory_end(record))
}

/// Returns the place that an entry states: from the first byte of the field to the one after its
/// terminator.
fn place(entry: &Entry, base: usize) -> Option<(usize, usize)> {
    let entry = decode_entry(entry)?;
    let start = base + entry.starting_position as usize;
    Some((start, start + entry.field_length as usize))
}

/// Returns the end of the last field, as the directory states it.
fn reach(record: &[u8]) -> Option<usize> {
    let base = base(record)?;
    entries(record)?.filter_map(|entry| place(entry, base)).map(|(_, end)| end).max()
}

/// Returns the position of the leader that is wrong, and its bytes.
fn implausible(record: &[u8]) -> Option<String> {
    let leader: &[u8; LEADER_LENGTH] = match record.first_chunk() {
        Some(leader) => leader,
        None => return Some(format!("{} of 24 bytes", record.len())),
    };
    if let Some(WideLeader { bytes, excess }) = wide_leader(record) {
        let at = bytes.iter().position(|byte| !byte.is_ascii())?;
        let length = LEADER_LENGTH + excess;
        let text = String::from_utf8_lossy(&record[at..length]);
        let character = text.chars().next()?.escape_debug();
        return Some(format!("leader/{at:02} is \"{character}\"; the leader has {length} bytes"));
    }
    for at in (5..10).chain(17..20) {
        if !matches!(leader[at], b' '..=b'~') {
            return Some(format!("leader/{at:02} is 0x{:02X}", leader[at]));
        }
    }
    let (counts, map) = (leader[10..12].escape_ascii(), leader[20..22].escape_ascii());
    Some(format!("leader/10-11 is \"{counts}\", and 20-21 is \"{map}\""))
}

/// Returns the message about an entry.
fn wrong_entry(fault: Fault, ordinal: u32, record: &[u8]) -> Option<String> {
    let at = fault.location(record);
    let found: &Entry = record.get(at)?.try_into().ok()?;
    let Some((start, end)) = place(found, base(record)?) else {
        return Some(format!(
            "directory entry {ordinal} is malformed: \"{}\"",
            found.escape_ascii()
        ));
    };
    // The record terminator is not part of a field.
    let last = record.len() - 1;
    if end > last {
        let (end, last) = (grouped(end), grouped(last));
        return Some(format!(
            "directory entry {ordinal} ends at {end}; the fields of the record end at {last}"
        ));
    }
    let what = match fault.severity() {
        Severity::LostField => fault.what().to_string(),
        _ => format!("directory entry {ordinal} leads to no field of its own"),
    };
    Some(format!("{what}: it says {} to {}", grouped(start), grouped(end)))
}

/// Returns the first entry that does not lead to a field.
fn first_wrong_place(record: &[u8]) -> Option<String> {
    let base = base(record)?;
    let is_end =
        |at: usize| at.checked_sub(1).map(|at| record.get(at)) == Some(Some(&FIELD_TERMINATOR));
    for (ordinal, entry) in (1..).zip(entries(record)?) {
        let Some((start, end)) = place(entry, base) else {
            return Some(format!("entry {ordinal} is \"{}\"", entry.escape_ascii()));
        };
        if !is_end(start) || !is_end(end) {
            let tag = entry[..3].escape_ascii();
            let (start, end) = (grouped(start), grouped(end));
            return Some(format!("entry {ordinal} (tag {tag}) says {start} to {end}"));
        }
    }
    None
}
