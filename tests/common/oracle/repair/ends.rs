//! Records whose entries are recognised from both ends of the fields, or by the digits that they
//! need.

use super::{Place, Reading};

/// Reads entries with more digits than four and five, each of which states the next field.
pub fn with_wide_entries(
    directory: &[u8],
    base: usize,
    end: usize,
    runs: &[Place],
) -> Option<Reading> {
    let mut fields = Vec::new();
    let mut rest = directory;
    for &(start, after) in runs {
        let numbers = format!("{:04}{:05}", after - start, start - base);
        let tag: [u8; 3] = rest.get(..3)?.try_into().unwrap();
        if after > end || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        fields.push((tag, (start, after)));
        rest = rest[3..].strip_prefix(numbers.as_bytes())?;
    }
    let faults = vec![("directory_length", None)];
    rest.is_empty().then_some(Reading { fields, faults, lacks: false, is_firm: true })
}

/// Reads a record with one terminator too many, or too few. All but at most two entries lead to
/// fields; those after them lead to fields that are a few bytes away.
pub fn by_both_ends(
    span: &[u8],
    end: usize,
    tags: &[[u8; 3]],
    stated: &[Option<Place>],
    runs: &[Place],
) -> Option<Reading> {
    let count = tags.len();
    if runs.len() > 2 * count {
        return None;
    }
    let most = count.min(runs.len());
    let mut before = (0..most).take_while(|&at| stated[at] == Some(runs[at])).count();
    let (mut after, mut by) = (0, 0);
    if let Some((_, said)) = stated[count - 1]
        && runs.last()?.1 <= end
    {
        let off = runs.last()?.1 as i64 - said as i64;
        let is_off = |nth: usize| {
            let run = runs[runs.len() - nth];
            let moved = |at: usize| (at as i64 + off) as usize;
            stated[count - nth].is_some_and(|said| (moved(said.0), moved(said.1)) == run)
        };
        by = off;
        while off != 0 && after < most && is_off(after + 1) {
            after += 1;
        }
    }
    // An entry that fits both ends belongs to neither.
    let both = (before + after).saturating_sub(most);
    before -= both;
    after -= both;
    let missing = count - before - after;
    // The difference is the length of one field, if exactly this field is missing or was inserted.
    let length = |(start, after): Place| (after - start) as i64;
    let is_one = match runs.len() as i64 - count as i64 {
        -1 => stated[before].is_some_and(|said| by == -length(said)),
        1 => by == length(runs[before]),
        _ => false,
    };
    if after > 0 && by.abs() > 16 && !is_one {
        return None;
    }
    let left_over = &runs[before..runs.len() - after];
    let bytes: Vec<u8> =
        left_over.iter().flat_map(|run| span[run.0..run.1.min(end)].to_vec()).collect();
    let is_blank = bytes.iter().all(|byte| [0, 9, 10, 13, 26, 30, 32].contains(byte));
    if missing > 2 || 2 * (before + after) <= count || after == 0 && (missing > 0 || !is_blank) {
        return None;
    }
    let mut fields: Vec<([u8; 3], Place)> = (0..before).map(|at| (tags[at], runs[at])).collect();
    fields.extend((1..=after).rev().map(|nth| (tags[count - nth], runs[runs.len() - nth])));
    let mut faults: Vec<_> =
        (before..before + missing).map(|at| ("directory", Some(at as u32 + 1))).collect();
    if after > 0 {
        faults.push(("field_positions", None));
    }
    if !is_blank {
        faults.push(("unlisted_data", None));
    }
    Some(Reading { fields, faults, lacks: missing > 0 || !is_blank, is_firm: false })
}
