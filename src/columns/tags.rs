//! The columns that plain selectors fill, by tag and subfield code: one walk over a field finds the
//! values for all of them.

use crate::{
    record::{SUBFIELD_DELIMITER, Tag},
    select::{Characters, PlainSelector, TagPattern, Take, TakenCodes},
};
use memchr::memchr;
use std::{boxed::Box, vec, vec::Vec};

/// Largest number of takers of the subfields of one field: they are bits of a mask.
pub(super) const MOST_TAKERS: usize = 64;

/// The columns that take values from the fields of some tags.
#[derive(Debug)]
pub(super) struct Group {
    /// The columns that take whole fields, or characters of them.
    wholes: Vec<Taker>,
    /// The columns that take subfields.
    takers: Vec<Taker>,
    /// For each ASCII code the takers of it, as a mask.
    codes: Box<[u64; 128]>,
}

/// A column, and the characters that it takes of a value.
#[derive(Debug, Clone, Copy)]
struct Taker {
    column: usize,
    characters: Characters,
}

impl Group {
    fn new<'p>(members: impl Iterator<Item = &'p (usize, PlainSelector)>) -> Self {
        let mut group = Self { wholes: Vec::new(), takers: Vec::new(), codes: Box::new([0; 128]) };
        for (column, selector) in members {
            match &selector.take {
                &Take::Whole(characters) => {
                    group.wholes.push(Taker { column: *column, characters });
                }
                Take::Subfields(parts) => {
                    for &TakenCodes { first, last, characters } in parts {
                        let taker = 1 << group.takers.len();
                        for code in first..=last {
                            group.codes[usize::from(code)] |= taker;
                        }
                        group.takers.push(Taker { column: *column, characters });
                    }
                }
            }
        }
        group
    }

    /// Returns the columns that take whole fields.
    pub(super) fn columns_of_wholes(&self) -> impl Iterator<Item = usize> {
        self.wholes.iter().map(|taker| taker.column)
    }

    /// Returns the columns that take the subfields with this code.
    pub(super) fn columns_of(&self, code: u8) -> impl Iterator<Item = usize> {
        self.takers_of(code).map(|taker| taker.column)
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

    /// Calls `take` with the value of a subfield or its characters, for each column that takes it.
    #[inline]
    pub(super) fn of_subfield(&self, code: u8, value: &str, mut take: impl FnMut(usize, &str)) {
        for &Taker { column, characters } in self.takers_of(code) {
            if let Some(value) = characters.of(value) {
                take(column, value);
            }
        }
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
        if self.takers.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let next = |from: usize| memchr(SUBFIELD_DELIMITER, &bytes[from..]).map(|at| from + at);
        let mut delimiter = next(0);
        while let Some(at) = delimiter {
            delimiter = next(at + 1);
            let end = delimiter.unwrap_or(bytes.len());
            if let Some(&code) = bytes[at + 1..end].first()
                && self.takers_of(code).next().is_some()
            {
                self.of_subfield(code, &text[at + 2..end], &mut take);
            }
        }
    }
}

/// The groups, by tag.
#[derive(Debug)]
pub(super) struct Tags {
    groups: Vec<Group>,
    /// For each tag of three digits the number of its group and 1, or 0.
    numeric: Box<[u16; 1000]>,
    /// The groups of fields with other tags, one for each pattern.
    others: Vec<(TagPattern, Group)>,
}

/// Returns a tag of three digits as a number.
#[inline]
fn number(tag: Tag) -> Option<usize> {
    let digits = tag.as_bytes().map(|byte| usize::from(byte.wrapping_sub(b'0')));
    match digits {
        [a @ 0..=9, b @ 0..=9, c @ 0..=9] => Some(a * 100 + b * 10 + c),
        _ => None,
    }
}

impl Tags {
    /// Creates the table of these columns. They must be few enough for the masks of a group.
    pub(super) fn new(columns: &[(usize, PlainSelector)]) -> Self {
        let mut groups = Vec::new();
        let mut members: Vec<Vec<usize>> = vec![];
        let mut numeric = Box::new([0; 1000]);
        for first in b'0'..=b'9' {
            for second in b'0'..=b'9' {
                for third in b'0'..=b'9' {
                    let tag = Tag::new([first, second, third]);
                    let matches = |(_, (_, selector)): &(usize, &(usize, PlainSelector))| {
                        selector.tag.matches(tag)
                    };
                    let own = columns.iter().enumerate().filter(matches).map(|(at, _)| at);
                    let own: Vec<usize> = own.collect();
                    if own.is_empty() {
                        continue;
                    }
                    let known = members.iter().position(|other| *other == own);
                    let group = known.unwrap_or_else(|| {
                        groups.push(Group::new(own.iter().map(|&at| &columns[at])));
                        members.push(own);
                        groups.len() - 1
                    });
                    numeric[number(tag).unwrap_or_default()] = group as u16 + 1;
                }
            }
        }
        let mut patterns: Vec<TagPattern> = columns.iter().map(|(_, plain)| plain.tag).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let of_pattern = |pattern: TagPattern| {
            let own = columns.iter().filter(move |(_, selector)| selector.tag == pattern);
            (pattern, Group::new(own))
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
