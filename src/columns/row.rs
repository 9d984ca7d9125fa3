//! The record whose row is being filled: its fields and their text.

use super::{
    cells::{Cells, Treatment},
    options::Order,
};
use crate::{
    encoding::{RecordText, TextError, TextOptions},
    parse::{Parsed, ParsedRecord},
    record::{AsRecord, Field, FieldSpan},
    select::{Selector, Undecodable, Value},
};
use std::{borrow::Cow, ops::ControlFlow, vec::Vec};

/// The record whose row is being filled.
pub(super) struct Row<'a> {
    pub(super) batch: Parsed<'a>,
    pub(super) record: ParsedRecord<'a>,
    pub(super) text: RecordText,
    pub(super) entry: usize,
    pub(super) spans: &'a [FieldSpan],
    /// The text from the first field to the end of the record, if all of it is UTF-8 and that is the
    /// encoding. So the fields need not be examined one by one.
    whole: Option<&'a str>,
    /// Offset of that text in the record.
    start: usize,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        batch: Parsed<'a>,
        record: ParsedRecord<'a>,
        entry: usize,
        options: TextOptions,
    ) -> Self {
        let text = record.text(options);
        let spans = batch.spans_of(&batch.entries()[entry]);
        let start = spans.first().map_or(0, |span| span.start as usize);
        let whole = text.as_it_stands(&record.view().as_bytes()[start..]);
        Self { batch, record, text, entry, spans, whole, start }
    }

    /// Returns the fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.spans.iter().map(|span| self.field(span))
    }

    #[inline]
    pub(super) fn field(&self, span: &FieldSpan) -> Field<'a> {
        let (start, length) = (span.start as usize, span.length as usize);
        Field::new(span.tag(), &self.record.view().as_bytes()[start..start + length])
    }

    /// Returns true if a field is undecodable, or has undecodable bytes that are replaced.
    pub(super) fn has_undecodable(&self) -> bool {
        let is_text = |field| self.whole_text_of(field).is_some();
        !self.fields().all(is_text) && self.text.undecodable(&self.record).next().is_some()
    }

    /// Returns the text of a field of the record.
    #[inline]
    pub(super) fn text_of<'f>(&self, field: Field<'f>) -> Result<Cow<'f, str>, TextError>
    where
        'a: 'f,
    {
        match self.whole_text_of(field) {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.text.field(&self.record, field),
        }
    }

    /// Returns the text of a field, if it is a part of the text of the record.
    #[inline]
    fn whole_text_of(&self, field: Field<'_>) -> Option<&'a str> {
        let start = self.record.view().offset_of(field.as_bytes()).checked_sub(self.start)?;
        self.whole?.get(start..start + field.as_bytes().len())
    }

    /// Adds the values of a selector in a record to a cell. The record is that of the row, or is
    /// made of its fields.
    ///
    /// # Errors
    /// Returns the first undecodable field.
    pub(super) fn select<R: AsRecord>(
        &self,
        selector: &Selector,
        record: &R,
        how: &Treatment,
        cells: &mut Cells,
    ) -> Result<(), Undecodable> {
        let text_of = |_, field| self.text_of(field);
        let accepts = |field: Option<usize>| match (how.indicators, field) {
            (None, _) => true,
            (Some(_), field) => {
                field.and_then(|at| record.fields().nth(at)).is_some_and(|field| how.accepts(field))
            }
        };
        let mut take = |text: &str| {
            cells.take(how, text);
            match cells.is_settled(how) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        if how.order == Order::Record {
            return selector.visit_with(
                record,
                &text_of,
                &mut |value| match accepts(value.field()) {
                    true => take(value.text()),
                    false => ControlFlow::Continue(()),
                },
            );
        }
        // The values of one field of one spec follow each other.
        let mut values: Vec<Value<'_>> = Vec::new();
        let visited = selector.visit_with(record, &text_of, &mut |value| {
            if accepts(value.field()) {
                values.push(value);
            }
            ControlFlow::Continue(())
        });
        values.sort_by_key(|value| (value.spec(), value.field(), value.part()));
        values.iter().any(|value| take(value.text()).is_break());
        visited
    }
}
