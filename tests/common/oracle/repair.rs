//! The rules of repair once more, in the simplest form: from `docs/recovery.md`, and without any
//! part of the crate.

use super::{Field, Found, decimal, entry_of, excess_digits, leader_bytes_are_fine};
use ends::{by_both_ends, with_wide_entries};
use matching::{match_up, says_length, sure_of};

mod ends;
mod matching;
mod tiling;

/// A damaged record that agrees with itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    pub fields: Vec<Field>,
    /// The faults: the name of the kind and the entry, in the order of names and entries.
    pub faults: Vec<Found>,
    /// True if content of the record is lost.
    pub lacks: bool,
}

/// The place of a field: its first byte, and the byte after its terminator.
type Place = (usize, usize);

/// The validity of the leader's two numbers.
#[derive(Clone, Copy)]
struct Words {
    length: bool,
    base: bool,
    /// Excess of the length of the record, and of its directory, over that in the leader.
    excess: [Option<i64>; 2],
}

/// The result of reading a directory and the bytes after it.
struct Reading {
    /// The tag, and the field with its terminator.
    fields: Vec<([u8; 3], Place)>,
    faults: Vec<Found>,
    lacks: bool,
    /// True if every entry leads to a field of its own, and the last field leads to the end.
    is_firm: bool,
}

/// Returns the record in `span`, if it can be repaired.
pub fn repair(span: &[u8]) -> Option<Repaired> {
    // All numbers of the record count from the leader, at any offset.
    repair_at_leader(&span[excess_digits(span)..])
}

fn repair_at_leader(span: &[u8]) -> Option<Repaired> {
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
        let is_believed = is_leader && is_terminated;
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

/// Returns true if a record terminator inside is followed by a leader with numbers.
fn holds_another(span: &[u8], base: usize, end: usize) -> bool {
    (base..end).filter(|&at| span[at] == 0x1D).any(|at| {
        let rest = &span[at + 1..];
        rest.len() >= 24
            && leader_bytes_are_fine(rest)
            && decimal(&rest[..5]).is_some()
            && decimal(&rest[12..17]).is_some()
    })
}

/// Returns the place of the record terminator, present or missing, and true if it is present.
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

fn read(span: &[u8], base: usize, end: usize, words: Words) -> Option<Reading> {
    let directory = &span[24..base - 1];
    let least = if words.length || words.base { 1 } else { 2 };
    if directory.len() < 12 * least {
        return None;
    }
    // The fields are separated by their terminators; the last one may be missing.
    let mut runs: Vec<Place> = Vec::new();
    let mut start = base;
    for (at, &byte) in span.iter().enumerate().take(end).skip(base) {
        if byte == 0x1E {
            runs.push((start, at + 1));
            start = at + 1;
        }
    }
    if start < end {
        runs.push((start, end + 1));
    }
    if !directory.len().is_multiple_of(12) {
        return with_wide_entries(directory, base, end, &runs)
            .or_else(|| read_both_ends(directory, base, &runs, words));
    }
    let entries: Vec<&[u8]> = directory.chunks(12).collect();
    let tag = |at: usize| [entries[at][0], entries[at][1], entries[at][2]];
    let stated: Vec<Option<Place>> = entries
        .iter()
        .map(|entry| entry_of(entry).map(|(length, at)| (base + at, base + at + length)))
        .collect();
    let holds = |place: Place| {
        let (start, after) = place;
        start < after && after <= end && span[after - 1] == 0x1E
    };
    let as_stated = |faults: Vec<Found>, lacks: bool, is_firm: bool| {
        let fields = (0..entries.len()).filter_map(|at| Some((tag(at), stated[at]?))).collect();
        Some(Reading { fields, faults, lacks, is_firm })
    };
    // These entries lead to a field, and share no byte with another such entry.
    let begins = |start: usize| start == base || start <= span.len() && span[start - 1] == 0x1E;
    let is_field = |place: Place| holds(place) && begins(place.0);
    let stands_alone = |at: usize| {
        stated[at].is_some_and(|one| {
            let shares = |other: usize| {
                other != at
                    && stated[other]
                        .is_some_and(|two| is_field(two) && one.0 < two.1 && two.0 < one.1)
            };
            is_field(one) && !(0..entries.len()).any(shares)
        })
    };
    let alone: Vec<bool> = (0..entries.len()).map(stands_alone).collect();
    // The leader's numbers are wrong by a whole number of entries.
    let by_entries = |excess: Option<i64>| excess.is_some_and(|by| by != 0 && by % 12 == 0);
    let [length_by_entries, base_by_entries] = words.excess.map(by_entries);
    let mut is_other = !words.length && !words.base || base_by_entries;
    if alone.iter().all(|alone| *alone) {
        let places: Vec<Place> = stated.iter().map(|place| place.unwrap()).collect();
        let is_listed =
            |byte: usize| places.iter().any(|&(start, after)| (start..after).contains(&byte));
        if (base..end).all(is_listed) {
            return as_stated(Vec::new(), false, true);
        }
        if is_listed(end - 1) && !is_other && !length_by_entries {
            return as_stated(vec![("unlisted_data", None)], true, true);
        }
        is_other |= is_listed(end - 1) && length_by_entries;
    }
    // The entries follow one another from the base address to the end.
    let mut next = Some(base);
    for place in &stated {
        next = match (*place, next) {
            (Some((start, after)), Some(next)) if start == next && after > start => Some(after),
            _ => None,
        };
    }
    let tiles = next == Some(end);
    let has_form =
        |at: usize, (start, after): Place| matching::has_form(&tag(at), &span[start..after - 1]);
    // All terminators were replaced by the same other byte.
    if tiles && words.length && entries.len() > 1 && span[end - 1] != 0x1E {
        let is_byte = |at: usize| span[at] == span[end - 1];
        let all_are = (0..entries.len()).all(|at| {
            let place = stated[at].unwrap();
            is_byte(place.1 - 1) && has_form(at, place)
        });
        // A run of that byte over the ends of fields is not a terminator.
        let in_runs = stated.iter().filter(|place| is_byte(place.unwrap().1 - 2)).count();
        let are_runs = 2 * in_runs >= entries.len();
        if all_are && !are_runs && (is_byte(base - 1) || words.base) {
            return as_stated(vec![("field_terminator", None)], false, false);
        }
    }
    if span[base - 1] != 0x1E {
        return None;
    }
    // The same rule applies if the numbers count characters.
    let starts: Vec<usize> =
        (base..end).filter(|&at| !(0x80..=0xBF).contains(&span[at])).chain([end]).collect();
    let in_characters = |number: usize| starts.get(number - base).copied();
    let places: Option<Vec<Place>> = stated
        .iter()
        .map(|place| {
            let (start, after) = (*place)?;
            let last = in_characters(after.checked_sub(1).filter(|&last| last >= start)?)?;
            let is_whole = last < end && span[last] == 0x1E;
            is_whole.then_some((in_characters(start)?, last + 1))
        })
        .collect();
    if let Some(places) = places
        && places[0].0 == base
        && places.windows(2).all(|pair| pair[0].1 == pair[1].0)
        && places.last().unwrap().1 == end
    {
        let fields = places.into_iter().enumerate().map(|(at, place)| (tag(at), place)).collect();
        let faults = vec![("field_positions", None)];
        return Some(Reading { fields, faults, lacks: false, is_firm: true });
    }
    let held = stated.iter().filter(|place| place.is_some_and(holds)).count();
    if runs.len() == entries.len() {
        let (run_of, agreeing) = match_up(&stated, &runs);
        let all_have_form = (0..entries.len()).all(|at| has_form(at, runs[run_of[at]]));
        let is_measure = agreeing > 0 || all_have_form;
        if is_measure && !(is_other || tiles && held >= agreeing) {
            let tags: Vec<&[u8]> = entries.iter().map(|entry| &entry[..3]).collect();
            let sure = sure_of(span, (base, end), &tags, &stated, &runs, &run_of);
            if 2 * sure.iter().filter(|sure| **sure).count() > entries.len() {
                return Some(by_count(&entries, &stated, &runs, &run_of, &sure, end));
            }
        }
    }
    if let Some(reading) = with_wide_entries(directory, base, end, &runs) {
        return Some(reading);
    }
    if tiles && 2 * held >= entries.len() {
        let tags: Vec<[u8; 3]> = (0..entries.len()).map(tag).collect();
        let places: Vec<Place> = stated.iter().map(|place| place.unwrap()).collect();
        return tiling::by_tiling(span, end, &tags, &places);
    }
    if is_other {
        return read_both_ends(directory, base, &runs, words);
    }
    let tags: Vec<[u8; 3]> = (0..entries.len()).map(tag).collect();
    if !words.length {
        return by_both_ends(span, end, &tags, &stated, &runs);
    }
    // More than half of the entries lead to a field of their own.
    let (mut fields, mut faults) = (Vec::new(), Vec::new());
    for at in 0..entries.len() {
        if alone[at] && tag_is_fine(&entries, at) {
            fields.push((tag(at), stated[at].unwrap()));
        } else {
            faults.push(("directory", Some(at as u32 + 1)));
        }
    }
    if faults.is_empty() {
        faults.push(("unlisted_data", None));
    }
    if 2 * fields.len() <= entries.len() {
        return by_both_ends(span, end, &tags, &stated, &runs);
    }
    Some(Reading { fields, faults, lacks: true, is_firm: false })
}

/// Returns true if the tag of an entry can be read, and no damage beside it may reach into it.
fn tag_is_fine(entries: &[&[u8]], at: usize) -> bool {
    let tag = &entries[at][..3];
    let no_digit = |entry: &[u8], digit: usize| !entry[digit].is_ascii_digit();
    let is_beside_damage = no_digit(entries[at], 3) || at > 0 && no_digit(entries[at - 1], 11);
    tag != b"000"
        && match is_beside_damage {
            true => tag.iter().all(u8::is_ascii_digit),
            false => tag.iter().all(u8::is_ascii_alphanumeric),
        }
}

/// Reads a record with as many fields as entries: each entry has its own.
fn by_count(
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

/// Reads a directory whose length has changed: the entries from its start that lead to the first
/// fields, and those from its end that lead to the last.
fn read_both_ends(directory: &[u8], base: usize, runs: &[Place], words: Words) -> Option<Reading> {
    let leads_to = |from: usize, run: Place| {
        entry_of(&directory[from..from + 12])
            .is_some_and(|(length, start)| (base + start, base + start + length) == run)
    };
    if runs.len() > 2 * (directory.len() / 12) {
        return None;
    }
    let tag = |from: usize| [directory[from], directory[from + 1], directory[from + 2]];
    let mut fields = Vec::new();
    let mut from = 0;
    while from + 12 <= directory.len()
        && fields.len() < runs.len()
        && leads_to(from, runs[fields.len()])
    {
        fields.push((tag(from), runs[fields.len()]));
        from += 12;
    }
    let mut to = directory.len();
    let mut last = runs.len();
    while to >= from + 12 && last > fields.len() && leads_to(to - 12, runs[last - 1]) {
        to -= 12;
        last -= 1;
    }
    let missing = last - fields.len();
    if last == runs.len() && missing > 1 {
        return None;
    }
    // The tag of the first entry from the end may consist of parts of two others.
    let seam = &directory[from..to];
    let numbers =
        |run: Place| format!("{:04}{:05}", (run.1 - run.0) % 10_000, (run.0 - base) % 100_000);
    let is_sure = if last == runs.len() {
        true
    } else if missing > 0 && seam.len() < 12 {
        // A part of the missing entry is left, which may reach into the tag.
        let reaches = |end: usize| {
            let part = directory[from..end].get(3..).unwrap_or_default();
            numbers(runs[fields.len()]).as_bytes().starts_with(part)
        };
        !(to + 1..=to + 3).any(reaches)
    } else if missing == 0 && directory[from..].starts_with(&tag(to)) {
        // The tag was the same wherever in it the bytes were inserted.
        true
    } else {
        // All digits of the entry before are in the seam: at its end, or some there and the others
        // after the tag.
        last > 0 && {
            let digits = numbers(runs[last - 1]);
            let is_parted = |parts: (&str, &str)| {
                missing > 0
                    && seam.len() >= 12
                    && seam[3..].starts_with(parts.0.as_bytes())
                    && seam.ends_with(parts.1.as_bytes())
            };
            seam.ends_with(digits.as_bytes()) || (1..9).any(|at| is_parted(digits.split_at(at)))
        }
    };
    for (behind, run) in runs[last..].iter().enumerate() {
        if behind > 0 || is_sure {
            fields.push((tag(to + 12 * behind), *run));
        }
    }
    if 2 * fields.len() <= directory.len() / 12 {
        return None;
    }
    // As many bytes were inserted as the leader says, or blanks.
    let is_whole = missing == 0
        && (words.excess.contains(&Some(seam.len() as i64))
            || seam.iter().all(|&byte| byte == 0 || byte == b' '));
    let lacks = !is_whole || !is_sure;
    let mut faults = Vec::new();
    if directory.len().is_multiple_of(12) {
        let ordinals = from / 12 + 1..=to / 12 + usize::from(!is_sure);
        faults.extend(ordinals.map(|ordinal| ("directory", Some(ordinal as u32))));
        if missing > 0 {
            faults.push(("unlisted_data", None));
        }
    } else {
        faults.push(("directory_length", None));
    }
    Some(Reading { fields, faults, lacks, is_firm: false })
}
