//! Records that are recognised by their ends, or by all of their directory.

use super::leader::{decimal, entry_of, leader_bytes_are_fine, stated_length};

/// A record with at least one field, as seen from both its ends: leader, end of the directory,
/// last entry, last two bytes.
pub fn length_by_the_ends(window: &[u8]) -> Option<usize> {
    let length = stated_length(window).filter(|&length| length <= window.len())?;
    let base = decimal(&window[12..17])?;
    let base_fits = base >= 37 && (base - 25) % 12 == 0 && base < length;
    if !base_fits || !leader_bytes_are_fine(window) || window[base - 1] != 0x1E {
        return None;
    }
    let (field_length, start) = entry_of(&window[base - 13..base - 1])?;
    let ends_there = base + start + field_length == length - 1;
    (ends_there && window[..length].ends_with(b"\x1E\x1D")).then_some(length)
}

pub enum Judgement {
    Record(usize),
    OnlyTheLengthIsWrong(usize),
    Bad(&'static str),
}

/// Whether a record stands here, by all of its directory; if not, the first thing wrong.
pub fn judge(window: &[u8], limit: usize) -> Judgement {
    use Judgement::{Bad, OnlyTheLengthIsWrong, Record};
    if window.len() < 24 {
        let begins_well = window.iter().take(5).all(u8::is_ascii_digit);
        return Bad(if begins_well { "truncation" } else { "record_length" });
    }
    let stated = stated_length(window);
    if !leader_bytes_are_fine(window) {
        return Bad(if stated.is_some() { "leader" } else { "record_length" });
    }
    let base = match decimal(&window[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 => base,
        _ => return Bad("base_address"),
    };
    let directory = &window[24..window.len().min(base - 1)];
    if directory.chunks_exact(12).any(|entry| entry_of(entry).is_none()) {
        return Bad("directory");
    }
    match window.get(base - 1) {
        Some(0x1E) => {}
        Some(_) => return Bad("base_address"),
        None if window.len() == limit => return Bad("over_long"),
        None => return Bad("truncation"),
    }
    let ends = directory.chunks(12).filter_map(entry_of).map(|(length, start)| start + length);
    let length = base + ends.max().unwrap_or(0) + 1;
    // Nothing but fields stands between the base address and there.
    let fields = directory.chunks(12).filter_map(entry_of).map(|(length, _)| length);
    let is_filled = base + fields.sum::<usize>() + 1 == length;
    let agrees = stated == Some(length);
    if length > limit {
        return Bad("over_long");
    }
    if length > window.len() {
        return Bad(if agrees { "truncation" } else { "directory" });
    }
    let record = &window[..length];
    if record.ends_with(b"\x1E\x1D") {
        if agrees {
            return Record(length);
        }
        if !directory.is_empty() && is_filled {
            return OnlyTheLengthIsWrong(length);
        }
    }
    Bad(match (agrees, stated) {
        (false, Some(_)) => "directory",
        (false, None) => "record_length",
        (true, _) if record.ends_with(b"\x1D") => "field_terminator",
        (true, _) => "record_terminator",
    })
}
