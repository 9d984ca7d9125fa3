//! The rules of repair once more, in the plainest words: what `docs/recovery.md` says, and nothing
//! that the crate has.

use super::{Field, Found, decimal, entry_of, leader_bytes_are_fine};

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

/// What a directory and the bytes behind it amount to.
struct Reading {
    /// The tag, and the field with its terminator.
    fields: Vec<([u8; 3], Place)>,
    faults: Vec<Found>,
    lacks: bool,
    /// Every entry leads to a field, and the last of the fields to the end.
    is_firm: bool,
}

/// The record in `span`, if it can be told.
pub fn repair(span: &[u8]) -> Option<Repaired> {
    if span.len() < 24 {
        return None;
    }
    let stated_length = decimal(&span[..5]);
    let stated_base = decimal(&span[12..17]);
    let (end, is_terminated) = end_of_fields(span, stated_length)?;
    let first_base = 24 + span[24..].iter().position(|&byte| byte == 0x1E)? + 1;
    if first_base > end {
        return None;
    }
    let mut bases = Vec::new();
    if let Some(base) = stated_base
        && (37..=end).contains(&base)
        && (base - 25) % 12 == 0
    {
        bases.push(base);
    }
    if !bases.contains(&first_base) {
        bases.push(first_base);
    }
    let is_leader = leader_bytes_are_fine(span);
    for base in bases {
        let Some(reading) = read(span, base, end, stated_length) else { continue };
        let is_believed = is_leader && is_terminated;
        if !reading.is_firm && !is_believed {
            continue;
        }
        let mut faults = reading.faults;
        let mut add = |is_wrong: bool, name| {
            if is_wrong {
                faults.push((name, None));
            }
        };
        add(stated_length != Some(end + 1), "record_length");
        add(!is_leader, "leader");
        add(stated_base != Some(base) || span[base - 1] != 0x1E, "base_address");
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

fn read(span: &[u8], base: usize, end: usize, stated_length: Option<usize>) -> Option<Reading> {
    let directory = &span[24..base - 1];
    if directory.len() < 12 {
        return None;
    }
    // The fields as their terminators part them; the last one may be missing.
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
        return read_ragged(directory, base, &runs);
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
    let all_hold = stated.iter().all(|place| place.is_some_and(holds));
    let furthest = stated.iter().flatten().map(|place| place.1).max();
    if all_hold && furthest == Some(end) {
        return as_stated(Vec::new(), false, true);
    }
    if span[base - 1] != 0x1E {
        return None;
    }
    // The same, if the numbers count characters.
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
    // The entries follow one another from the base address to the end.
    let mut next = Some(base);
    for place in &stated {
        next = match (*place, next) {
            (Some((start, after)), Some(next)) if start == next && after > start => Some(after),
            _ => None,
        };
    }
    let tiles = next == Some(end);
    let held = stated.iter().map_while(|place| *place).filter(|&place| holds(place)).count();
    if runs.len() == entries.len() {
        let (run_of, agreeing) = match_up(&stated, &runs);
        if !(tiles && held >= agreeing) {
            return Some(by_count(&entries, &stated, &runs, &run_of, end));
        }
    }
    if tiles && 2 * held >= entries.len() {
        let unended = (0..entries.len()).filter(|&at| !stated[at].is_some_and(holds));
        let faults = unended.map(|at| ("field_terminator", Some(at as u32 + 1))).collect();
        return as_stated(faults, false, false);
    }
    if stated_length != Some(end + 1) {
        return None;
    }
    if all_hold {
        return as_stated(vec![("unlisted_data", None)], true, false);
    }
    // More than half of the entries lead to a field that begins behind another.
    let begins = |start: usize| start == base || start <= span.len() && span[start - 1] == 0x1E;
    let (mut fields, mut faults) = (Vec::new(), Vec::new());
    for (at, place) in stated.iter().enumerate() {
        match place.filter(|&place| holds(place) && begins(place.0)) {
            Some(place) => fields.push((tag(at), place)),
            None => faults.push(("directory", Some(at as u32 + 1))),
        }
    }
    let are_most = 2 * fields.len() > entries.len();
    are_most.then_some(Reading { fields, faults, lacks: true, is_firm: false })
}

/// As many fields as entries: each entry has its own.
fn by_count(
    entries: &[&[u8]],
    stated: &[Option<Place>],
    runs: &[Place],
    run_of: &[usize],
    end: usize,
) -> Reading {
    let (mut fields, mut faults, mut lacks) = (Vec::new(), Vec::new(), false);
    let mut moved = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let run = runs[run_of[at]];
        let ordinal = Some(at as u32 + 1);
        let tag = [entry[0], entry[1], entry[2]];
        let tag_is_fine = tag.iter().all(u8::is_ascii_alphanumeric);
        if stated[at].is_none() {
            faults.push(("directory", ordinal));
            if !tag_is_fine {
                lacks = true;
                continue;
            }
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

/// Which run is whose, and how many lengths are then as stated.
fn match_up(stated: &[Option<Place>], runs: &[Place]) -> (Vec<usize>, usize) {
    let count = stated.len();
    // Entries that state a field's place have it.
    let mut owner: Vec<Option<usize>> = vec![None; count];
    let mut exact: Vec<Option<usize>> = vec![None; count];
    let mut is_ambiguous = false;
    for at in 0..count {
        if let Some(run) = runs.iter().position(|run| stated[at] == Some(*run)) {
            if owner[run].is_none() {
                owner[run] = Some(at);
                exact[at] = Some(run);
            } else {
                is_ambiguous = true;
            }
        }
    }
    let left_over = exact.iter().filter(|run| run.is_none()).count();
    let mut free = (0..count).filter(|&run| owner[run].is_none());
    let exact: Vec<usize> =
        exact.iter().map(|run| run.unwrap_or_else(|| free.next().unwrap())).collect();
    let by_entry: Vec<usize> = (0..count).collect();
    let by_start: Option<Vec<usize>> = stated.iter().all(Option::is_some).then(|| {
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&at| stated[at].unwrap().0);
        (0..count).map(|at| order.iter().position(|&other| other == at).unwrap()).collect()
    });
    let in_order = match (is_ambiguous, left_over) {
        (true, _) => [Some(by_entry), Some(exact), by_start],
        (false, 0 | 1) => [Some(exact), by_start, Some(by_entry)],
        (false, _) => [by_start, Some(by_entry), Some(exact)],
    };
    let score = |run_of: &[usize]| {
        (0..count)
            .filter(|&at| {
                let run = runs[run_of[at]];
                let length = run.1 - run.0;
                stated[at].is_some_and(|(start, after)| {
                    let said = after - start;
                    said == length || length > 9_999 && [length % 10_000, 9_999, 0].contains(&said)
                })
            })
            .count()
    };
    let mut best: Option<(Vec<usize>, usize)> = None;
    for run_of in in_order.into_iter().flatten() {
        let score = score(&run_of);
        if best.as_ref().is_none_or(|(_, most)| score > *most) {
            best = Some((run_of, score));
        }
    }
    best.unwrap()
}

/// A directory that is no whole number of entries long: those from its start that lead to a field,
/// and those from its end.
fn read_ragged(directory: &[u8], base: usize, runs: &[Place]) -> Option<Reading> {
    let field_of = |entry: &[u8]| {
        let (length, start) = entry_of(entry)?;
        let place = (base + start, base + start + length);
        runs.contains(&place).then_some(([entry[0], entry[1], entry[2]], place))
    };
    let mut fields = Vec::new();
    let mut from = 0;
    while from + 12 <= directory.len() {
        let Some(field) = field_of(&directory[from..from + 12]) else { break };
        fields.push(field);
        from += 12;
    }
    let mut behind = Vec::new();
    let mut to = directory.len();
    while to >= from + 12 {
        let Some(field) = field_of(&directory[to - 12..to]) else { break };
        behind.insert(0, field);
        to -= 12;
    }
    fields.extend(behind);
    let lost = runs.len().checked_sub(fields.len())?;
    (!fields.is_empty() && lost <= 1).then_some(Reading {
        fields,
        faults: vec![("directory_length", None)],
        lacks: lost > 0,
        is_firm: false,
    })
}
