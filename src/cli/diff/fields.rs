//! The differences between the fields of two records.

use super::content::{Content, Line};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;

/// Largest number of fields whose order is compared. Beyond it, the time grows with the square of
/// the number.
const MOST_IN_ORDER: usize = 4_000;

/// A field that differs: the line before, the line after, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldChange<'a> {
    Removed(Line<'a>),
    Added(Line<'a>),
    Changed(Line<'a>, Line<'a>),
    /// The same field at another place in the record.
    Moved(Line<'a>),
}

/// Returns the fields that differ, in the order of the records.
pub(super) fn field_changes<'a>(
    one: &'a Content,
    other: &'a Content,
    ignores_order: bool,
) -> Vec<FieldChange<'a>> {
    let (one, other): (Vec<_>, Vec<_>) = (one.lines().collect(), other.lines().collect());
    let (removed, added) = match ignores_order || one.len().max(other.len()) > MOST_IN_ORDER {
        true => without_order(&one, &other),
        false => in_order(&one, &other),
    };
    paired(&one, &other, removed, added)
}

/// A line of the second record without an equal line: its place in the first record, and in the
/// second.
type Place = (usize, usize);

/// Returns the places of the lines without an equal line in the other record, if order counts.
fn in_order(one: &[Line<'_>], other: &[Line<'_>]) -> (Vec<usize>, Vec<Place>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, one, other) {
        if !matches!(op, DiffOp::Equal { .. }) {
            removed.extend(op.old_range());
            added.extend(op.new_range().map(|at| (op.old_range().end, at)));
        }
    }
    (removed, added)
}

/// Does the same if order does not count.
fn without_order(one: &[Line<'_>], other: &[Line<'_>]) -> (Vec<usize>, Vec<Place>) {
    let mut counts = HashMap::<_, usize>::new();
    other.iter().for_each(|line| *counts.entry(*line).or_default() += 1);
    let mut left = HashMap::<_, usize>::new();
    let mut removed = Vec::new();
    for (at, line) in one.iter().enumerate() {
        match take(*line, &mut counts) {
            true => *left.entry(*line).or_default() += 1,
            false => removed.push(at),
        }
    }
    let lines = other.iter().enumerate();
    let added = lines.filter(|(_, line)| !take(**line, &mut left)).map(|(at, _)| (one.len(), at));
    let added = added.collect();
    (removed, added)
}

/// Takes one of several equal lines, if there is one.
fn take<'a>(line: Line<'a>, counts: &mut HashMap<Line<'a>, usize>) -> bool {
    let count = counts.get_mut(&line).filter(|count| **count > 0);
    count.map(|count| *count -= 1).is_some()
}

/// Pairs removed and added lines: equal ones first, and then those with the same tag in their
/// order.
fn paired<'a>(
    one: &[Line<'a>],
    other: &[Line<'a>],
    removed: Vec<usize>,
    added: Vec<Place>,
) -> Vec<FieldChange<'a>> {
    let mut partners = vec![None; removed.len()];
    let mut is_taken = vec![false; added.len()];
    let mut pair = |key: fn(&Line<'a>) -> (&'a str, &'a str)| {
        let mut places = HashMap::<_, Vec<usize>>::new();
        for (nth, (_, at)) in added.iter().enumerate().rev().filter(|(nth, _)| !is_taken[*nth]) {
            places.entry(key(&other[*at])).or_default().push(nth);
        }
        for (partner, at) in partners.iter_mut().zip(&removed).filter(|(it, _)| it.is_none()) {
            *partner = places.get_mut(&key(&one[*at])).and_then(Vec::pop);
            partner.iter().for_each(|nth| is_taken[*nth] = true);
        }
    };
    pair(|line| (line.tag(), line.whole()));
    pair(|line| (line.tag(), ""));
    let mut changes = Vec::new();
    for (partner, at) in partners.iter().zip(&removed) {
        let line = one[*at];
        changes.push((
            (*at, 0),
            match partner.map(|nth| other[added[nth].1]) {
                Some(after) if after == line => FieldChange::Moved(line),
                Some(after) => FieldChange::Changed(line, after),
                None => FieldChange::Removed(line),
            },
        ));
    }
    for ((place, at), _) in added.iter().zip(&is_taken).filter(|(_, is_taken)| !**is_taken) {
        changes.push(((*place, at + 1), FieldChange::Added(other[*at])));
    }
    changes.sort_by_key(|(place, _)| *place);
    changes.into_iter().map(|(_, change)| change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(lines: &[&str]) -> Content {
        let lines: String = lines.iter().map(|line| format!("{line}\u{1E}")).collect();
        Content::from_bytes(lines.into()).unwrap()
    }

    fn shown(one: &[&str], other: &[&str], ignores_order: bool) -> Vec<String> {
        let (one, other) = (content(one), content(other));
        let text = |line: Line<'_>| line.whole().to_owned();
        field_changes(&one, &other, ignores_order)
            .into_iter()
            .map(|change| match change {
                FieldChange::Removed(line) => format!("-{}", text(line)),
                FieldChange::Added(line) => format!("+{}", text(line)),
                FieldChange::Changed(one, other) => format!("{}>{}", text(one), text(other)),
                FieldChange::Moved(line) => format!("~{}", text(line)),
            })
            .collect()
    }

    #[test]
    fn fields_with_the_same_tag_are_pairs() {
        let one = ["001ca", "245dA", "500dx", "500dy", "650ds"];
        let other = ["001ca", "245dB", "500dy", "650ds", "650dt", "999dz"];
        assert_eq!(shown(&one, &other, false), ["245dA>245dB", "-500dx", "+650dt", "+999dz"]);
        assert_eq!(shown(&one, &one, false), [""; 0]);
        assert_eq!(shown(&[], &["001ca"], true), ["+001ca"]);
    }

    #[test]
    fn a_field_at_another_place_is_moved_or_ignored() {
        let (one, other) = (["500dx", "501da", "502db"], ["501da", "502db", "500dx"]);
        assert_eq!(shown(&one, &other, false), ["~500dx"]);
        assert_eq!(shown(&one, &other, true), [""; 0]);
        // Repeated fields count.
        assert_eq!(shown(&["500dx", "500dx"], &["500dx"], true), ["-500dx"]);
    }

    #[test]
    fn very_many_fields_are_compared_without_their_order() {
        let lines: Vec<_> = (0..50_000).map(|number| format!("500d{number}")).collect();
        let lines: Vec<_> = lines.iter().map(|line| &**line).collect();
        let reversed: Vec<_> = lines.iter().rev().copied().collect();
        assert_eq!(shown(&lines, &reversed, false), [""; 0]);
        assert_eq!(shown(&lines, &reversed[1..], false), ["-500d49999"]);
    }
}
