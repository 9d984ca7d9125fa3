//! The rules of repair once more, in the plainest words: what `docs/recovery.md` says, and nothing
//! that the crate has.

use super::{
    frame::{Field, Found},
    leader::{decimal, excess_digits, leader_bytes_are_fine},
};
use reading::read;

mod count;
mod ends;
mod matching;
mod reading;
mod seam;
mod sure;
mod tiling;

/// A damaged record that agrees with itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    pub fields: Vec<Field>,
    /// What was wrong: the name of the kind and the entry. In the order of names and entries.
    pub faults: Vec<Found>,
    /// Whether something of the record is lost.
    pub lacks: bool,
}

/// Where a field is: its first byte, and the one behind its terminator.
type Place = (usize, usize);

/// Which of the leader's two numbers is right.
#[derive(Clone, Copy)]
struct Words {
    length: bool,
    base: bool,
    /// By how much the record, and its directory, is longer than the leader says.
    excess: [Option<i64>; 2],
}

/// What a directory and the bytes behind it amount to.
struct Reading {
    /// The tag, and the field with its terminator.
    fields: Vec<([u8; 3], Place)>,
    faults: Vec<Found>,
    lacks: bool,
    /// Every entry leads to a field of its own, and the last of the fields to the end.
    is_firm: bool,
}

/// The record in `span`, if it can be told.
pub fn repair(span: &[u8]) -> Option<Repaired> {
    // All numbers of the record count from the leader, wherever that begins.
    let found = repair_at_leader(&span[excess_digits(span)..], false);
    let keeps_all = found.as_ref().is_some_and(|found| !found.lacks);
    let of_characters = if keeps_all { None } else { repair_of_characters(span) };
    let mut repaired = match (found, of_characters) {
        (Some(found), Some((of_characters, _))) if of_characters.lacks => found,
        (_, Some((of_characters, lacks_codes))) => {
            Repaired { lacks: of_characters.lacks || lacks_codes, ..of_characters }
        }
        (found, None) => found?,
    };
    let has_control_number = repaired.fields.iter().any(|field| field.tag == *b"001");
    if repaired.lacks && !has_control_number {
        repaired.faults.push(("control_number", None));
        repaired.faults.sort_unstable();
    }
    Some(repaired)
}

/// The record in `span`, if its leader is 24 characters of UTF-8 and not all of them are ASCII: as
/// if each of these were one byte. Also returns whether codes of the leader are lost.
fn repair_of_characters(span: &[u8]) -> Option<(Repaired, bool)> {
    let text = span.utf8_chunks().next()?.valid();
    let leader: String = text.chars().take(24).collect();
    if leader.chars().count() < 24 || leader.is_ascii() || excess_digits(span) > 0 {
        return None;
    }
    let excess = leader.len() - 24;
    let byte = |c: char| if c.is_ascii() { c as u8 } else { 0xFF };
    let bytes: Vec<u8> = leader.chars().map(byte).collect();
    let mut record = [&bytes[..], &span[leader.len()..]].concat();
    // Its numbers may count the bytes.
    if decimal(&record[..5]) == Some(span.len()) {
        let length = format!("{:05}", record.len());
        record.splice(..5, length.into_bytes());
    }
    let base = 25 + record[24..].iter().position(|&byte| byte == 0x1E)?;
    if decimal(&record[12..17]) == Some(base + excess) {
        record.splice(12..17, format!("{base:05}").into_bytes());
    }
    let mut repaired = repair_at_leader(&record, true)?;
    repaired.faults.retain(|fault| *fault != ("leader", None));
    repaired.faults.push(("leader", None));
    repaired.faults.sort_unstable();
    Some((repaired, mended(&span[..24]) != mended(&bytes)))
}

/// The positions of a leader that a writer takes from it, with blanks for what is not printable.
fn mended(leader: &[u8]) -> Vec<u8> {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    let taken = [&leader[..10], &leader[12..20]].concat();
    taken.iter().map(|byte| if is_printable(byte) { *byte } else { b' ' }).collect()
}

/// Repairs what begins with the 24 bytes of its leader. `is_only_firm` asks for a proof.
fn repair_at_leader(span: &[u8], is_only_firm: bool) -> Option<Repaired> {
    if span.len() < 24 {
        return None;
    }
    let stated_length = decimal(&span[..5]);
    let stated_base = decimal(&span[12..17]);
    let (end, is_terminated) = end_of_fields(span, stated_length)?;
    let first_base = span.get(24..end)?.iter().position(|&byte| byte == 0x1E).map(|at| 25 + at);
    let mut bases = Vec::new();
    if let Some(base) = stated_base
        && (37..=end).contains(&base)
        && (base - 25) % 12 == 0
    {
        bases.push(base);
    }
    bases.extend(first_base.filter(|base| !bases.contains(base)));
    let is_leader = leader_bytes_are_fine(span);
    for base in bases {
        let words = Words {
            length: stated_length == Some(end + 1),
            base: stated_base == Some(base) && span[base - 1] == 0x1E,
            excess: [
                stated_length.map(|stated| end as i64 + 1 - stated as i64),
                stated_base.map(|stated| base as i64 - stated as i64),
            ],
        };
        let is_soup = span[5..10].iter().all(u8::is_ascii_digit);
        if !words.length && !words.base && (!is_leader || is_soup) {
            continue;
        }
        let Some(reading) = read(span, base, end, words) else { continue };
        let is_believed = is_leader && is_terminated && !is_only_firm;
        if !reading.is_firm && (!is_believed || reading.lacks && holds_another(span, base, end)) {
            continue;
        }
        let mut faults = reading.faults;
        let mut add = |is_wrong: bool, name| {
            if is_wrong {
                faults.push((name, None));
            }
        };
        add(!words.length, "record_length");
        add(!is_leader, "leader");
        add(!words.base, "base_address");
        add(!is_terminated, "record_terminator");
        faults.sort_unstable();
        let content = |(tag, (start, after)): ([u8; 3], Place)| Field {
            tag,
            data: span[start..after - 1].to_vec(),
        };
        let fields = reading.fields.into_iter().map(content).collect();
        return Some(Repaired { fields, faults, lacks: reading.lacks });
    }
    None
}

/// Whether a record terminator inside has a leader behind it, with numbers in it.
fn holds_another(span: &[u8], base: usize, end: usize) -> bool {
    (base..end).filter(|&at| span[at] == 0x1D).any(|at| {
        let rest = &span[at + 1..];
        rest.len() >= 24
            && leader_bytes_are_fine(rest)
            && decimal(&rest[..5]).is_some()
            && decimal(&rest[12..17]).is_some()
    })
}

/// Where the record terminator is, or should be, and whether it is there.
fn end_of_fields(span: &[u8], stated_length: Option<usize>) -> Option<(usize, bool)> {
    let length = span.len();
    if span.ends_with(b"\x1D") {
        return Some((length - 1, true));
    }
    let mut content = length;
    while content > 0 && [0, 9, 10, 13, 26, 32].contains(&span[content - 1]) {
        content -= 1;
    }
    if span[..content].ends_with(b"\x1E") {
        return Some((content, false));
    }
    (stated_length == Some(length) && span[length - 2] == 0x1E).then_some((length - 1, false))
}
