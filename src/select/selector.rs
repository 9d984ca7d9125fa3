//! A parsed selector.

use super::{
    SelectorError, TagPattern, Value,
    evaluate::{Evaluation, TextSource, Undecodable},
    parse,
    spec::{Spec, Term},
};
use crate::{
    encoding::{RecordText, TextError},
    record::{AsRecord, Tag},
};
use std::{borrow::Cow, boxed::Box, ops::ControlFlow, str::FromStr, vec::Vec};

/// A selector in MARCspec: a short expression that names values of a record.
///
/// `Display` writes the canonical form, which parses to an equal selector.
///
/// ```
/// use tidemarc::{Record, encoding::{RecordText, TextOptions}, select::Selector};
///
/// let record = Record::builder()
///     .leader(*b"00000nam a2200000   4500")
///     .data("650", *b" 0", [(b'a', "Whales")])
///     .data("650", *b" 7", [(b'a', "Whaling"), (b'2', "fast")])
///     .build()?;
/// let text = RecordText::of(&record, TextOptions::new());
///
/// let selector: Selector = r#"650a{$2="fast"}"#.parse()?;
/// assert_eq!(selector.values(&record, text)?, ["Whaling"]);
/// assert_eq!(selector.to_string(), r"650$a{$2=\fast}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    pub(super) specs: Box<[Spec]>,
}

impl Selector {
    /// Returns the tags of all fields that the values or the conditions depend on, sorted, each
    /// once. Fields with other tags need not be examined.
    #[must_use]
    pub fn tags(&self) -> Vec<TagPattern> {
        let mut tags = Vec::new();
        for spec in &self.specs {
            tags.push(spec.fields.tag);
            let conditions = spec.parts.iter().flat_map(|guarded| &guarded.conditions);
            for comparison in conditions.flat_map(|condition| &condition.0) {
                for term in comparison.left.iter().chain([&comparison.right]) {
                    if let Term::Reference(reference) = term {
                        tags.push(reference.fields.tag);
                    }
                }
            }
        }
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Returns true if the values or the conditions depend on fields with this tag.
    #[must_use]
    pub fn needs(&self, tag: Tag) -> bool {
        self.tags().into_iter().any(|pattern| pattern.matches(tag))
    }

    /// Returns the values in the record: those of the first spec in the order of the record, then
    /// those of the next.
    ///
    /// # Errors
    /// Returns the first undecodable bytes in a field that the result depends on, if the policy of
    /// `text` is strict.
    pub fn values<'r>(
        &self,
        record: &'r impl AsRecord,
        text: RecordText,
    ) -> Result<Vec<Cow<'r, str>>, TextError> {
        let mut values = Vec::new();
        self.visit(record, text, &mut |value| {
            values.push(value.into_text());
            ControlFlow::Continue(())
        })?;
        Ok(values)
    }

    /// Calls `visitor` with each value and its origin, in the order of [`values`](Self::values),
    /// until it breaks.
    ///
    /// # Errors
    /// Fails as [`values`](Self::values) does. The visitor has then received the values before the
    /// undecodable bytes.
    pub fn visit<'r>(
        &self,
        record: &'r impl AsRecord,
        text: RecordText,
        visitor: &mut dyn FnMut(Value<'r>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        let text_of = |at, field| text.at(record, at).field(record, field);
        self.visit_with(record, &text_of, visitor).map_err(|undecodable| undecodable.error)
    }

    /// Does the same as [`visit`](Self::visit) with the text that `text_of` returns. It is called
    /// only for fields whose text the result depends on.
    pub(crate) fn visit_with<'r>(
        &self,
        record: &'r impl AsRecord,
        text_of: TextSource<'_, 'r>,
        visitor: &mut dyn FnMut(Value<'r>) -> ControlFlow<()>,
    ) -> Result<(), Undecodable> {
        for (number, spec) in self.specs.iter().enumerate() {
            if Evaluation::new(number, spec, record, text_of).run(visitor)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Does the same, but continues after an undecodable field. The values that depend on it are
    /// left out. Returns the first such field.
    #[cfg(feature = "filter")]
    pub(super) fn visit_decodable<'r>(
        &self,
        record: &'r impl AsRecord,
        text_of: TextSource<'_, 'r>,
        visitor: &mut dyn FnMut(Value<'r>) -> ControlFlow<()>,
    ) -> Result<(), Undecodable> {
        let mut first = Ok(());
        for (number, spec) in self.specs.iter().enumerate() {
            let mut evaluation = Evaluation::new(number, spec, record, text_of).passing_over();
            let flow = evaluation.run(visitor)?;
            first = first.and(evaluation.passed_over());
            if flow.is_break() {
                break;
            }
        }
        first
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        parse::selector(text)
    }
}
