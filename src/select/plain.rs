//! Selectors whose values are in one field each, whatever else is in the record: a table of codes
//! can find them.

use super::{
    Selector, TagPattern,
    evaluate::{characters_of, whole},
    positions::Positions,
    spec::{Guarded, Part, Spec},
};
use crate::record::Tag;
use std::{borrow::Cow, vec::Vec};

/// A selector of one spec without conditions and indexes.
#[derive(Debug, Clone)]
pub(crate) struct PlainSelector {
    pub(crate) tag: TagPattern,
    pub(crate) take: Take,
}

/// The values that a [`PlainSelector`] takes of a field.
#[derive(Debug, Clone)]
pub(crate) enum Take {
    /// The whole field, or the leader.
    Whole(Characters),
    /// Subfields, by their codes.
    Subfields(Vec<TakenCodes>),
}

/// Subfields with one code, or with a range of codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakenCodes {
    pub(crate) first: u8,
    pub(crate) last: u8,
    pub(crate) characters: Characters,
}

impl TakenCodes {
    /// Returns true if the bytes are one of the codes.
    pub(crate) const fn has(&self, code: &[u8]) -> bool {
        matches!(*code, [code] if self.first <= code && code <= self.last)
    }
}

/// All characters of a value, or some.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Characters(Option<Positions>);

impl Characters {
    #[cfg(feature = "filter")]
    pub(super) const fn new(positions: Option<Positions>) -> Self {
        Self(positions)
    }

    /// Returns true for all characters of a value, which may be empty.
    #[cfg(feature = "filter")]
    pub(crate) const fn is_all(self) -> bool {
        self.0.is_none()
    }

    /// Returns the number of characters, if it does not depend on the value.
    #[cfg(feature = "filter")]
    pub(crate) fn count(self) -> Option<usize> {
        match self.0? {
            Positions::Between { first, last } => Some((last - first) as usize + 1),
            Positions::From(_) | Positions::Last { .. } => None,
        }
    }

    /// Returns the first position and the last, if they do not depend on the value.
    #[cfg(feature = "filter")]
    pub(crate) const fn ends(self) -> Option<(u32, u32)> {
        match self.0 {
            Some(Positions::Between { first, last }) => Some((first, last)),
            _ => None,
        }
    }

    /// Returns the selected characters of a subfield or of a control field; `None` if there are
    /// none.
    #[inline]
    pub(crate) fn of(self, value: &str) -> Option<&str> {
        characters_of(self.0, value)
    }

    /// Returns the selected characters of a whole field; `None` if there are none.
    pub(crate) fn of_field<'t>(self, text: &'t str, is_control: bool) -> Option<Cow<'t, str>> {
        whole(text, is_control, self.0)
    }
}

impl Selector {
    /// Returns the selector in the form in which it is found by codes alone; `None` if it has
    /// conditions, indexes, indicators or several specs.
    pub(crate) fn plain(&self) -> Option<PlainSelector> {
        let [Spec { fields, parts, .. }] = &*self.specs else { return None };
        if fields.index.is_some() || parts.iter().any(|part| !part.conditions.is_empty()) {
            return None;
        }
        let take = match **parts {
            [Guarded { part: Part::Whole { characters }, .. }] => {
                Take::Whole(Characters(characters))
            }
            _ => Take::Subfields(parts.iter().map(codes).collect::<Option<_>>()?),
        };
        Some(PlainSelector { tag: fields.tag, take })
    }

    /// Returns true if values are in fields with this tag.
    pub(crate) fn selects(&self, tag: Tag) -> bool {
        self.specs.iter().any(|spec| spec.fields.tag.matches(tag))
    }

    /// Returns true if a value may be in a field with indicators.
    pub(crate) fn has_indicators(&self) -> bool {
        let is_data = |tag: TagPattern| !tag.is_leader() && !tag.as_str().starts_with("00");
        self.specs.iter().any(|spec| is_data(spec.fields.tag))
    }

    /// Returns true if a record has one value at most, unless a field is repeated against the
    /// standard: the leader, or positions in control fields.
    pub(crate) fn is_single(&self) -> bool {
        self.specs.iter().all(|spec| match *spec.parts {
            [Guarded { part: Part::Whole { characters }, .. }] => {
                let tag = spec.fields.tag;
                tag.is_leader() || (characters.is_some() && tag.as_str().starts_with("00"))
            }
            _ => false,
        })
    }
}

fn codes(guarded: &Guarded) -> Option<TakenCodes> {
    match guarded.part {
        Part::Subfields { repeated, characters } if repeated.index.is_none() => {
            let characters = Characters(characters);
            Some(TakenCodes { first: repeated.codes.first, last: repeated.codes.last, characters })
        }
        _ => None,
    }
}
