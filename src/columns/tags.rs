//! The columns that plain selectors fill, by tag and subfield code: one walk over a field finds the
//! values for all of them.

use super::fields::Codes;
use crate::{
    encoding::subfields,
    record::{Tag, find_delimiter},
    select::{Characters, TagPattern, Take, TakenCodes},
};
use std::{boxed::Box, vec::Vec};

/// Largest number of takers of the subfields of one field: they are bits of a mask.
pub(super) const MOST_TAKERS: usize = 64;

/// A column that takes values from each field with some tag.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) column: usize,
    pub(super) tag: TagPattern,
    pub(super) taking: Taking,
}

/// The values that a column takes of a field.
#[derive(Debug, Clone)]
pub(super) enum Taking {
    /// Values in the order of the record.
    Values(Take),
    /// Subfields in the order of these codes.
    Ordered(Vec<TakenCodes>),
    /// A struct of the field.
    Struct(Codes),
}

/// The columns that take values from the fields of some tags.
#[derive(Debug)]
pub(super) struct Group {
    /// The columns that take whole fields, or characters of them.
    wholes: Vec<Taker>,
    /// The columns that take subfields.
    takers: Vec<Taker>,
    /// For each ASCII code the takers of it, as a mask.
    codes: Box<[u64; 128]>,
    /// The columns that take subfields in an order of their own.
    ordered: Vec<(usize, Vec<TakenCodes>)>,
    /// The columns that take structs of fields.
    pub(super) structs: Vec<(usize, Codes)>,
}

/// A column that takes values of a field, and the characters that it takes of each.
#[derive(Debug, Clone, Copy)]
struct Taker {
    column: usize,
    characters: Characters,
}

impl Group {
    fn new<'p>(members: impl Iterator<Item = &'p Member>) -> Self {
        let mut group = Self {
            wholes: Vec::new(),
            takers: Vec::new(),
            codes: Box::new([0; 128]),
            ordered: Vec::new(),
            structs: Vec::new(),
        };
        for Member { column, taking, .. } in members {
            let column = *column;
            match taking {
                &Taking::Values(Take::Whole(characters)) => {
                    group.wholes.push(Taker { column, characters });
                }
                Taking::Values(Take::Subfields(parts)) => {
                    for &TakenCodes { first, last, characters } in parts {
                        let taker = 1 << group.takers.len();
                        for code in first..=last {
                            group.codes[usize::from(code)] |= taker;
                        }
                        group.takers.push(Taker { column, characters });
                    }
                }
                Taking::Ordered(parts) => group.ordered.push((column, parts.clone())),
                Taking::Struct(codes) => group.structs.push((column, *codes)),
            }
        }
        group
    }

    /// Returns the columns that take whole fields.
    pub(super) fn columns_of_wholes(&self) -> impl Iterator<Item = usize> {
        self.wholes.iter().map(|taker| taker.column)
    }

    /// Calls `take` with each of these subfields that a column takes, and the column.
    pub(super) fn of_subfields<T>(
        &self,
        subfields: &[(&[u8], T)],
        mut take: impl FnMut(usize, Characters, &T),
    ) {
        for (code, value) in subfields {
            if let &[code] = code {
                for &Taker { column, characters } in self.takers_of(*code) {
                    take(column, characters, value);
                }
            }
        }
        for (column, parts) in &self.ordered {
            for part in parts {
                for (_, value) in subfields.iter().filter(|(code, _)| part.has(code)) {
                    take(*column, part.characters, value);
                }
            }
        }
    }

    #[inline]
    fn takers_of(&self, code: u8) -> impl Iterator<Item = &Taker> {
        let mut mask = self.codes.get(usize::from(code)).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let taker = self.takers.get(mask.trailing_zeros() as usize)?;
            mask &= mask - 1;
            Some(taker)
        })
    }

    /// Calls `take` with each value in the text of a control field, and its column.
    #[inline]
    pub(super) fn of_control(&self, text: &str, mut take: impl FnMut(usize, &str)) {
        for &Taker { column, characters } in &self.wholes {
            if let Some(value) = characters.of(text) {
                take(column, value);
            }
        }
    }

    /// Calls `take` with each value in the text of a data field, and its column.
    #[inline]
    pub(super) fn of_data(&self, text: &str, mut take: impl FnMut(usize, &str)) {
        for &Taker { column, characters } in &self.wholes {
            if let Some(value) = characters.of_field(text, false) {
                take(column, &value);
            }
        }
        if !self.ordered.is_empty() {
            let subfields = subfields(text).map(|(code, value)| (code.as_bytes(), value));
            let subfields: Vec<_> = subfields.collect();
            return self.of_subfields(&subfields, |column, characters, value| {
                if let Some(value) = characters.of(value) {
                    take(column, value);
                }
            });
        }
        if self.takers.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let next = |from: usize| find_delimiter(&bytes[from..]).map(|at| from + at);
        let mut delimiter = next(0);
        while let Some(at) = delimiter {
            delimiter = next(at + 1);
            let end = delimiter.unwrap_or(bytes.len());
            let Some(&code) = bytes[at + 1..end].first() else { continue };
            for &Taker { column, characters } in self.takers_of(code) {
                if let Some(value) = characters.of(&text[at + 2..end]) {
                    take(column, value);
                }
            }
        }
    }
}

/// The groups, by tag.
#[derive(Debug)]
pub(super) struct Tags {
    groups: Vec<Group>,
    /// For each tag of three digits the number of its group and 1, or 0.
    numeric: Box<[u16; NUMBERS]>,
    /// The groups of fields with other tags, one for each pattern.
    others: Vec<(TagPattern, Group)>,
}

/// Number of tags of three digits, as [`number`] counts them.
const NUMBERS: usize = 0x999 + 1;

/// Returns a tag of three digits as a number in which each digit has four bits. It takes all three
/// bytes at once, since this is done for every field.
#[inline]
fn number(tag: Tag) -> Option<usize> {
    let [first, second, third] = *tag.as_bytes();
    let digits = u32::from_le_bytes([first, second, third, b'0']) ^ 0x3030_3030;
    // A byte above 9 overflows into its highest bit, or has set it already.
    let is_number = ((digits + 0x7676_7676) | digits) & 0x8080_8080 == 0;
    let number = ((digits & 0xF) << 8) | ((digits >> 4) & 0xF0) | ((digits >> 16) & 0xF);
    is_number.then_some(number as usize)
}

impl Tags {
    /// Creates the table of these columns. They must be few enough for the masks of a group.
    pub(super) fn new(columns: &[&Member]) -> Self {
        let mut groups = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut numeric = Box::new([0; NUMBERS]);
        for (at, group) in numeric.iter_mut().enumerate() {
            let digit = |shift: usize| b'0' + ((at >> shift) & 0xF) as u8;
            let tag = Tag::new([digit(8), digit(4), digit(0)]);
            let own = columns.iter().enumerate().filter(|(_, member)| member.tag.matches(tag));
            let own: Vec<usize> = own.map(|(at, _)| at).collect();
            if own.is_empty() {
                continue;
            }
            let known = members.iter().position(|other| *other == own).unwrap_or_else(|| {
                groups.push(Group::new(own.iter().map(|&at| columns[at])));
                members.push(own);
                groups.len() - 1
            });
            *group = known as u16 + 1;
        }
        let mut patterns: Vec<TagPattern> = columns.iter().map(|member| member.tag).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let of_pattern = |pattern: TagPattern| {
            (
                pattern,
                Group::new(columns.iter().copied().filter(move |member| member.tag == pattern)),
            )
        };
        Self { groups, numeric, others: patterns.into_iter().map(of_pattern).collect() }
    }

    /// Calls `visit` with each group of this tag.
    #[inline]
    pub(super) fn visit(&self, tag: Tag, mut visit: impl FnMut(&Group)) {
        match number(tag) {
            Some(number) => {
                if let Some(group) = usize::from(self.numeric[number]).checked_sub(1) {
                    visit(&self.groups[group]);
                }
            }
            None => {
                for (pattern, group) in &self.others {
                    if pattern.matches(tag) {
                        visit(group);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_three_digits_are_numbers() {
        for first in 0..=255_u8 {
            for other in [b'0', b'9', b'/', b':', b'A', 0, 0x80, 255] {
                for tag in [[first, other, b'1'], [other, first, b'1'], [b'1', other, first]] {
                    let digits = tag.iter().all(u8::is_ascii_digit);
                    let expected = digits.then(|| {
                        tag.iter().fold(0, |sum, byte| (sum << 4) | usize::from(byte - b'0'))
                    });
                    assert_eq!(number(Tag::new(tag)), expected, "{tag:?}");
                }
            }
        }
    }
}
