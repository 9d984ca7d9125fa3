//! The parts of a filter.

use super::{
    super::Selector, composed::composed, number::Number, quick::QuickSelector, values::ValueSet,
};
use memchr::memmem::Finder;
use regex::Regex;
use std::{boxed::Box, cmp::Ordering, string::String};

/// A filter, or a part of it that is true or false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// True if all are true. None of them is an `All`.
    All(Box<[Node]>),
    /// True if one is true. None of them is an `Any`.
    Any(Box<[Node]>),
    Not(Box<Node>),
    Test(Box<Test>),
}

impl Node {
    /// Calls `visitor` with each selector.
    pub(super) fn visit_selectors(&self, visitor: &mut dyn FnMut(&Selector)) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter().for_each(|node| node.visit_selectors(visitor));
            }
            Self::Not(node) => node.visit_selectors(visitor),
            Self::Test(test) => visitor(&test.source.selector),
        }
    }
}

/// A question about the values of one selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) source: Source,
    pub(super) question: Question,
}

/// A selector, and the faster way to its values if there is one.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) selector: Selector,
    pub(super) quick: Option<QuickSelector>,
}

impl Source {
    pub(super) fn new(selector: Selector) -> Self {
        Self { quick: QuickSelector::of(&selector), selector }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.selector == other.selector
    }
}

impl Eq for Source {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// There is a value.
    Exists,
    /// The number of values.
    Count(Relation, u64),
    Values {
        /// True for `all(…)`.
        of_every: bool,
        /// True for `!=`, `!~` and `not in`: no value may pass.
        is_negated: bool,
        check: Check,
    },
}

/// A property of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    Compare(Relation, Literal),
    Prefix(Box<str>),
    Includes(Box<Part>),
    Matches(Pattern),
    In(Box<[Literal]>),
    InFile { name: Box<str>, values: ValueSet },
}

impl Check {
    /// Returns true if a value passes. The texts of the check are composed.
    pub(super) fn accepts(&self, value: &str) -> bool {
        let value = &*composed(value);
        match self {
            Self::Compare(relation, literal) => {
                literal.compare(value).is_some_and(|order| relation.holds(order))
            }
            Self::Prefix(prefix) => value.starts_with(&**prefix),
            Self::Includes(part) => part.0.find(value.as_bytes()).is_some(),
            Self::Matches(pattern) => pattern.regex.is_match(value),
            Self::In(literals) => {
                literals.iter().any(|literal| literal.compare(value) == Some(Ordering::Equal))
            }
            Self::InFile { values, .. } => values.contains(value),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    /// Only of a count: of values it is a negated `Equal`.
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    /// All operators, the longer of two with the same start first.
    pub(super) const ALL: [Self; 6] = [
        Self::LessOrEqual,
        Self::GreaterOrEqual,
        Self::NotEqual,
        Self::Equal,
        Self::Less,
        Self::Greater,
    ];

    pub(super) const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(Box<str>),
    /// A number as it was written.
    Number(Box<str>),
}

impl Literal {
    /// Returns the order of a value and this literal. Text is ordered by code points. `None` if the
    /// literal is a number and the value is not.
    pub(super) fn compare(&self, value: &str) -> Option<Ordering> {
        match self {
            Self::Text(text) => Some(value.cmp(text)),
            Self::Number(number) => Some(Number::parse(value)?.cmp(&Number::parse(number)?)),
        }
    }

    /// Returns the text, or the number as it was written.
    pub(super) fn into_text(self) -> Box<str> {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// A text that values may include.
#[derive(Debug, Clone)]
pub(super) struct Part(Finder<'static>);

impl Part {
    pub(super) fn new(text: &str) -> Self {
        Self(Finder::new(text).into_owned())
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(self.0.needle()).unwrap_or_default()
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Part {}

/// A regular expression.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// The expression as it was written between slashes.
    pub(super) source: String,
    pub(super) ignores_case: bool,
    pub(super) regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.ignores_case) == (&other.source, other.ignores_case)
    }
}

impl Eq for Pattern {}
