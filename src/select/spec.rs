//! The parts of a selector. The names are those of MARCspec, except that a *condition* is its
//! *subSpec*, and a *comparison* its *subTermSet*.

use super::{positions::Positions, tag::TagPattern};
use std::boxed::Box;

/// A whole spec: fields, and what to take of each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Spec {
    pub(super) fields: Fields,
    /// One part, or several of which each is a subfield.
    pub(super) parts: Box<[Guarded]>,
    /// Number of comparisons in all conditions.
    pub(super) comparisons: u32,
}

impl Spec {
    /// Returns true if the values are subfields.
    pub(super) fn takes_subfields(&self) -> bool {
        matches!(self.parts.last(), Some(Guarded { part: Part::Subfields { .. }, .. }))
    }
}

/// The fields of a spec or of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fields {
    pub(super) tag: TagPattern,
    /// Positions among the fields of one tag; `None` for all of them.
    pub(super) index: Option<Positions>,
}

impl Fields {
    /// Returns true if the index selects the leader, which a record has once.
    pub(super) fn selects_leader(self) -> bool {
        self.tag.is_leader() && self.index.is_none_or(|index| !index.range(1).is_empty())
    }
}

/// A part of a field, and its conditions, which must all be true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Guarded {
    pub(super) part: Part,
    pub(super) conditions: Box<[Condition]>,
}

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// The whole field, or some of its characters.
    Whole { characters: Option<Positions> },
    /// Subfields, or some of the characters of each.
    Subfields { repeated: Repeated, characters: Option<Positions> },
    /// An indicator.
    Indicator(Which),
}

impl Part {
    /// Creates the part of all subfields with these codes.
    pub(super) const fn of_codes(codes: Codes) -> Self {
        Self::Subfields { repeated: Repeated { codes, index: None }, characters: None }
    }
}

/// The subfields with one code or with a range of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Repeated {
    pub(super) codes: Codes,
    /// Positions among the subfields of one code; `None` for all of them.
    pub(super) index: Option<Positions>,
}

/// One subfield code, or a range of letters or digits. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Codes {
    pub(super) first: u8,
    pub(super) last: u8,
}

impl Codes {
    /// Largest number of codes in a range: `a-z`.
    pub(super) const MOST: usize = 26;

    /// Returns the place of a code in the range.
    #[inline]
    pub(super) fn place_of(self, code: &str) -> Option<usize> {
        match *code.as_bytes() {
            [code] if (self.first..=self.last).contains(&code) => {
                Some(usize::from(code - self.first))
            }
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Which {
    First,
    Second,
}

/// Comparisons of which one must be true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Condition(pub(super) Box<[Comparison]>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Comparison {
    /// `None` is the value that the condition belongs to.
    pub(super) left: Option<Term>,
    pub(super) operator: Operator,
    pub(super) right: Term,
    /// The data that the left side depends on.
    pub(super) left_scope: Scope,
    /// The data that the right side depends on.
    pub(super) right_scope: Scope,
    /// Number of the comparison in its spec, from 0.
    pub(super) number: u32,
}

impl Comparison {
    /// Returns the scope of the data that the result depends on.
    pub(super) fn scope(&self) -> Scope {
        self.left_scope.max(self.right_scope)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Includes,
    NotIncludes,
    Exists,
    Missing,
}

impl Operator {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Includes => "~",
            Self::NotIncludes => "!~",
            Self::Exists => "?",
            Self::Missing => "!",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Text(Box<str>),
    Reference(Reference),
}

/// A reference in a condition, with everything that an abbreviation leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    pub(super) fields: Fields,
    pub(super) part: Part,
}

/// The data that a term depends on, from the largest to the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scope {
    /// The record.
    Record,
    /// The field of the value that the condition belongs to.
    Field,
    /// That value, or the subfield that it comes from.
    Value,
}

impl Reference {
    /// Returns the scope of a reference in a condition on `part` of `fields`.
    ///
    /// A reference to the same fields is to the field of the value, and one to the same subfields
    /// is to the subfield of the value. So an abbreviation and its full form are the same.
    pub(super) fn scope(&self, fields: Fields, part: Part) -> Scope {
        if self.fields != fields {
            return Scope::Record;
        }
        match (self.part, part) {
            (Part::Subfields { repeated, .. }, Part::Subfields { repeated: own, .. })
                if repeated == own =>
            {
                Scope::Value
            }
            _ => Scope::Field,
        }
    }
}
