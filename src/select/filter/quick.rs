//! Selectors whose values are found without the evaluation of conditions and indexes. Most filters
//! have such ones.

use super::super::{
    Selector,
    evaluate::{TextSource, Undecodable},
    plain::{PlainSelector, Take, TakenCodes},
};
use crate::{
    encoding::subfields,
    record::{AsRecord, Field},
};
use std::ops::ControlFlow;

/// A selector of one spec with a tag other than the leader, without conditions and indexes.
#[derive(Debug, Clone)]
pub(super) struct QuickSelector(PlainSelector);

impl QuickSelector {
    /// Returns `None` if the selector is not so simple.
    pub(super) fn of(selector: &Selector) -> Option<Self> {
        selector.plain().filter(|plain| !plain.tag.is_leader()).map(Self)
    }

    /// Calls `visitor` with each field, if each has one value whatever its text is. Returns false if
    /// that is not so.
    pub(super) fn visit_fields(
        &self,
        record: &impl AsRecord,
        visitor: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> bool {
        let PlainSelector { tag, take } = &self.0;
        if !matches!(take, Take::Whole(characters) if characters.is_all()) {
            return false;
        }
        for field in record.fields() {
            if tag.matches(field.tag()) && visitor().is_break() {
                break;
            }
        }
        true
    }

    /// Calls `visitor` with each value in decodable fields, in the order of the record, until it
    /// breaks. Returns the first undecodable field.
    pub(super) fn visit<'r>(
        &self,
        record: &'r impl AsRecord,
        text_of: TextSource<'_, 'r>,
        visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), Undecodable> {
        let PlainSelector { tag, take } = &self.0;
        let mut first = Ok(());
        for (at, field) in record.fields().enumerate() {
            if !tag.matches(field.tag()) {
                continue;
            }
            let is_control = matches!(field, Field::Control(_));
            if is_control && matches!(take, Take::Subfields(_)) {
                continue;
            }
            let text = match text_of(at, field) {
                Ok(text) => text,
                Err(error) => {
                    first = first.and(Err(Undecodable { field: at, error }));
                    continue;
                }
            };
            let flow = match take {
                Take::Whole(characters) => {
                    let value = characters.of_field(&text, is_control);
                    value.map_or(ControlFlow::Continue(()), |value| visitor(&value))
                }
                Take::Subfields(codes) => visit_subfields(codes, &text, visitor),
            };
            if flow.is_break() {
                break;
            }
        }
        first
    }
}

fn visit_subfields(
    codes: &[TakenCodes],
    text: &str,
    visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (code, value) in subfields(text) {
        for taken in codes.iter().filter(|taken| taken.has(code.as_bytes())) {
            if let Some(value) = taken.characters.of(value) {
                visitor(value)?;
            }
        }
    }
    ControlFlow::Continue(())
}
