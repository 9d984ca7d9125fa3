//! Filters: expressions over selectors that are true or false for a record, such as
//! `650$2 = "fast" and not 245$a ~ "whale"`. `docs/filters.md` has the rules.

mod composed;
mod error;
mod evaluate;
mod node;
mod number;
mod parse;
mod print;
mod quick;
mod values;

pub use error::FilterError;
pub use values::ValueSet;

use super::{
    TagPattern,
    evaluate::{TextSource, Undecodable},
};
use crate::{
    encoding::{RecordText, TextError},
    record::AsRecord,
};
use node::Node;
use std::{ops::Not, str::FromStr, string::String, vec::Vec};

/// An expression over selectors that is true or false for a record.
///
/// `Display` writes the canonical form, which parses to an equal filter.
///
/// ```
/// use tidemarc::{Record, encoding::{RecordText, TextOptions}, select::Filter};
///
/// let record = Record::builder()
///     .leader(*b"00000nam a2200000   4500")
///     .data("245", *b"10", [(b'a', "Moby Dick")])
///     .data("650", *b" 7", [(b'a', "Whaling"), (b'2', "fast")])
///     .build()?;
/// let text = RecordText::of(&record, TextOptions::new());
///
/// let filter: Filter = r#"650$2 = "fast" and not 245$a ~ /whale/i"#.parse()?;
/// assert!(filter.matches(&record, text)?);
/// assert!(!(!filter).matches(&record, text)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    root: Node,
}

impl Filter {
    /// Parses a filter. `load` is called with the name of each file in `in @FILE`, and returns the
    /// values in it, or the reason why it cannot. With [`FromStr`] such a file is an error.
    ///
    /// ```
    /// use tidemarc::select::{Filter, ValueSet};
    ///
    /// let load = |name: &str| match name {
    ///     "ids.txt" => ValueSet::of_lines(b"ocm01\nocm02\n".to_vec()),
    ///     _ => Err("there is no such list".into()),
    /// };
    /// assert!(Filter::parse_with("001 in @ids.txt", load).is_ok());
    /// assert_eq!(Filter::parse_with("001 in @id.txt", load).unwrap_err().position(), 7);
    /// ```
    ///
    /// # Errors
    /// Returns the first mistake in the text, or the reason of `load`.
    pub fn parse_with(
        text: &str,
        mut load: impl FnMut(&str) -> Result<ValueSet, String>,
    ) -> Result<Self, FilterError> {
        Ok(Self { root: parse::filter(text, &mut load)? })
    }

    /// Returns true if the record matches.
    ///
    /// # Errors
    /// Returns the first undecodable field, if the policy of `text` is strict and the text of such a
    /// field decides. `A or B` is true if one of them is true, whatever the other depends on.
    pub fn matches(&self, record: &impl AsRecord, text: RecordText) -> Result<bool, TextError> {
        let text_of = |at, field| text.at(record, at).field(record, field);
        self.matches_with(record, &text_of).map_err(|undecodable| undecodable.error)
    }

    /// Does the same as [`matches`](Self::matches) with the text that `text_of` returns. It is
    /// called only for fields whose text the result may depend on.
    pub(crate) fn matches_with<'r>(
        &self,
        record: &'r impl AsRecord,
        text_of: TextSource<'_, 'r>,
    ) -> Result<bool, Undecodable> {
        evaluate::matches(&self.root, record, text_of)
    }

    /// Returns the tags of all fields that the result depends on, sorted, each once.
    #[must_use]
    pub fn tags(&self) -> Vec<TagPattern> {
        let mut tags = Vec::new();
        self.root.visit_selectors(&mut |selector| tags.extend(selector.tags()));
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

/// A filter that matches where the other does not. A record whose undecodable text decides matches
/// neither of them.
impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self { root: Node::Not(self.root.into()) }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, |_| Err("files cannot be read here".into()))
    }
}

static_assertions::assert_impl_all!(Filter: Send, Sync);

#[cfg(test)]
mod tests;
