//! As many fields as entries: each entry has its own.

use super::{Place, Reading, matching::says_length};

/// Whether the tag of an entry can be read, and no damage beside it may go on in it.
pub fn tag_is_fine(entries: &[&[u8]], at: usize) -> bool {
    let tag = &entries[at][..3];
    let no_digit = |entry: &[u8], digit: usize| !entry[digit].is_ascii_digit();
    let is_beside_damage = no_digit(entries[at], 3) || at > 0 && no_digit(entries[at - 1], 11);
    tag != b"000"
        && match is_beside_damage {
            true => tag.iter().all(u8::is_ascii_digit),
            false => tag.iter().all(u8::is_ascii_alphanumeric),
        }
}

/// Gives each entry the run that was matched with it, if that is sure and the tag can be read.
pub fn by_count(
    entries: &[&[u8]],
    stated: &[Option<Place>],
    runs: &[Place],
    run_of: &[usize],
    sure: &[bool],
    end: usize,
) -> Reading {
    let (mut fields, mut faults, mut lacks) = (Vec::new(), Vec::new(), false);
    let mut moved = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let run = runs[run_of[at]];
        let ordinal = Some(at as u32 + 1);
        let tag = [entry[0], entry[1], entry[2]];
        if !sure[at] || !tag_is_fine(entries, at) {
            faults.push(("directory", ordinal));
            lacks = true;
            continue;
        }
        let (length, is_cut) = (run.1 - run.0, run.1 > end);
        let has_length = |(start, after): Place| says_length(after - start, length);
        if is_cut && !stated[at].is_some_and(has_length) {
            faults.push(("field_terminator", ordinal));
            lacks = true;
            continue;
        }
        if stated[at].is_none() {
            faults.push(("directory", ordinal));
        } else if stated[at] != Some(run) {
            moved.push(ordinal);
        }
        if run.1 > end {
            faults.push(("field_terminator", ordinal));
        }
        fields.push((tag, run));
    }
    match moved[..] {
        [] => {}
        [ordinal] => faults.push(("directory", ordinal)),
        _ => faults.push(("field_positions", None)),
    }
    Reading { fields, faults, lacks, is_firm: false }
}
