//! The definition of one column.

use crate::select::{Selector, SelectorError};
use std::{str::FromStr, string::String};

/// The definition of a column: a source of values, and what becomes of several in one record.
///
/// ```
/// use tidemarc::columns::{Column, Repeat};
///
/// let subjects = Column::select("650$a")?;
/// let title = Column::select("245$a$b")?.repeat(Repeat::Join).separator(" ");
/// # Ok::<(), tidemarc::select::SelectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub(super) source: Source,
    pub(super) repeat: Option<Repeat>,
    pub(super) separator: Option<String>,
}

/// The source of the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Selector(Selector),
    Metadata(Metadata),
}

/// The cell of a record in which a selector finds several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// All values, as a list.
    List,
    /// The first value.
    First,
    /// All values, joined to one text.
    Join,
    /// The number of values; 0 if there are none.
    Count,
    /// True if there is a value.
    Exists,
}

impl Repeat {
    const ALL: [Self; 5] = [Self::List, Self::First, Self::Join, Self::Count, Self::Exists];

    /// Returns the name, in lower case: `list`, `first`, `join`, `count`, `exists`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::First => "first",
            Self::Join => "join",
            Self::Count => "count",
            Self::Exists => "exists",
        }
    }

    /// Returns the value with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|repeat| repeat.name() == name)
    }
}

/// A fact about a record that is not in one of its fields, or a record as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metadata {
    /// The number of the record in the input, from 1. Damaged spans are counted too.
    RecordNo,
    /// The name of the input; null if it has none.
    File,
    /// The offset of the record, in bytes from the start of the input.
    OffsetBytes,
    /// The length of the record in bytes of the input.
    Length,
    /// The control number: the first field 001.
    ControlNumber,
    /// The leader.
    Leader,
    /// The encoding in which the record was read, such as `utf-8` or `marc-8`.
    Encoding,
    /// Everything that is wrong with the record or unusual in it, and its undecodable text: a list
    /// of structs of `code`, `severity`, `tag` and `message`. Null if there is nothing.
    Faults,
    /// The bytes of the input that are the record.
    Raw,
    /// The record as MARC-in-JSON. Null if its text is undecodable, or if it contains a separator of
    /// ISO 2709.
    Json,
}

impl Metadata {
    const ALL: [Self; 10] = [
        Self::RecordNo,
        Self::File,
        Self::OffsetBytes,
        Self::Length,
        Self::ControlNumber,
        Self::Leader,
        Self::Encoding,
        Self::Faults,
        Self::Raw,
        Self::Json,
    ];

    /// Returns the name, in snake case: `record_no`, `offset_bytes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordNo => "record_no",
            Self::File => "file",
            Self::OffsetBytes => "offset_bytes",
            Self::Length => "length",
            Self::ControlNumber => "control_number",
            Self::Leader => "leader",
            Self::Encoding => "encoding",
            Self::Faults => "faults",
            Self::Raw => "raw",
            Self::Json => "json",
        }
    }

    /// Returns the fact with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }
}

impl Column {
    const fn of(source: Source) -> Self {
        Self { source, repeat: None, separator: None }
    }

    /// Creates a column of the values of a selector.
    #[must_use]
    pub const fn new(selector: Selector) -> Self {
        Self::of(Source::Selector(selector))
    }

    /// Creates a column of the values of a selector that is given as text.
    ///
    /// # Errors
    /// If the text is not a selector.
    pub fn select(selector: &str) -> Result<Self, SelectorError> {
        selector.parse().map(Self::new)
    }

    /// Creates a column of a fact about each record. It takes no other option.
    #[must_use]
    pub const fn metadata(fact: Metadata) -> Self {
        Self::of(Source::Metadata(fact))
    }

    /// Sets what becomes of several values in one record.
    ///
    /// Default: [`Repeat::List`]; [`Repeat::First`] for the leader, and for positions of control
    /// fields.
    #[must_use]
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = Some(repeat);
        self
    }

    /// Sets the text between two values of [`Repeat::Join`].
    ///
    /// Default: a blank.
    #[must_use]
    pub fn separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// Returns the source. Two facts are those of selectors.
    pub(super) fn settled_source(&self) -> Source {
        let selector = match self.source {
            Source::Metadata(Metadata::ControlNumber) => "001",
            Source::Metadata(Metadata::Leader) => "LDR",
            _ => return self.source.clone(),
        };
        selector.parse().map_or_else(|_| self.source.clone(), Source::Selector)
    }

    /// Returns the treatment of several values in one record.
    pub(super) fn settled_repeat(&self) -> Repeat {
        self.repeat.unwrap_or_else(|| match &self.source {
            Source::Selector(selector) if !selector.is_single() => Repeat::List,
            _ => Repeat::First,
        })
    }

    /// Checks that the options do not contradict each other.
    ///
    /// # Errors
    /// The contradiction, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Source::Metadata(fact) = &self.source
            && *self != Self::metadata(*fact)
        {
            return Err(std::format!("{} takes no options", fact.name()));
        }
        let repeat = self.settled_repeat();
        if self.separator.is_some() && repeat != Repeat::Join {
            let name = repeat.name();
            return Err(std::format!("a separator needs repeat `join`, and this one has `{name}`"));
        }
        Ok(())
    }
}

impl FromStr for Column {
    type Err = SelectorError;

    fn from_str(selector: &str) -> Result<Self, SelectorError> {
        Self::select(selector)
    }
}

impl From<Selector> for Column {
    fn from(selector: Selector) -> Self {
        Self::new(selector)
    }
}
