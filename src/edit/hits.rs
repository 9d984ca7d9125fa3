//! The hits of an edit: the parts of a record that its selector names. And their text.

use super::RefusalKind;
use crate::{
    encoding::{EncodePolicy, ErrorPolicy, RecordText, subfields},
    record::{AsRecord, Field, SUBFIELD_DELIMITER, Tag},
    select::{NamedPart, Selector},
};
use std::{
    borrow::{Cow, ToOwned},
    cell::RefCell,
    ops::{ControlFlow, Range},
    string::String,
    vec::Vec,
};

/// A part of a record that the selector of an edit names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    /// Number of the field in the record; `None` for the leader.
    pub(super) field: Option<usize>,
    /// Number of the subfield among those that [`ranges`] returns.
    pub(super) subfield: Option<usize>,
    pub(super) part: NamedPart,
}

/// The text of a record that is edited: as it was read, since its encoding does not change.
pub(super) struct Source<'r, R> {
    pub(super) original: &'r R,
    pub(super) rule: RecordText,
}

impl<R: AsRecord> Source<'_, R> {
    /// Finds the hits in `record`, which is the original with the changes so far. They are in the
    /// order of the fields, each once.
    ///
    /// The control number is a hit only if the selector names the tag 001, not by a wildcard.
    ///
    /// # Errors
    /// Fails if the hits depend on undecodable text, or if a field cannot be divided.
    pub(super) fn hits(
        &self,
        selector: &Selector,
        record: &impl AsRecord,
    ) -> Result<Vec<Hit>, RefusalKind> {
        match self.find(selector, record, self.rule) {
            // Without conditions, the text of a field does not matter.
            Err(RefusalKind::Undecodable(_)) if !selector.has_conditions() => {
                self.find(selector, record, self.rule.with_policy(ErrorPolicy::Replace))
            }
            found => found,
        }
    }

    fn find(
        &self,
        selector: &Selector,
        record: &impl AsRecord,
        rule: RecordText,
    ) -> Result<Vec<Hit>, RefusalKind> {
        let mut hits = Vec::new();
        let in_doubt = RefCell::new(Vec::new());
        let text_of = |at, field| {
            let text = rule.field(self.original, field)?;
            if let Cow::Owned(text) = &text
                && !is_divided_alike(field, text)
            {
                in_doubt.borrow_mut().push((at, field.tag()));
            }
            Ok(text)
        };
        let visited = selector.visit_with(record, &text_of, &mut |value| {
            if let Some(part) = selector.part_of(&value) {
                hits.push(Hit { field: value.field(), subfield: value.subfield(), part });
            }
            ControlFlow::Continue(())
        });
        visited.map_err(|undecodable| RefusalKind::Undecodable(undecodable.error))?;
        if hits.iter().any(|hit| hit.part.tag.has_wildcard()) {
            let control_number = Tag::new(*b"001");
            let tags: Vec<_> = record.fields().map(|field| field.tag()).collect();
            let is_number = |at: usize| tags.get(at).is_some_and(|&tag| tag == control_number);
            hits.retain(|Hit { field, part, .. }| {
                !(part.tag.has_wildcard() && field.is_some_and(is_number))
            });
        }
        let doubt = in_doubt.into_inner();
        let is_in_doubt = |hit: &Hit| {
            let doubt = doubt.iter().find(|(at, _)| Some(*at) == hit.field);
            doubt.filter(|_| hit.subfield.is_some()).map(|(_, tag)| *tag)
        };
        if let Some(tag) = hits.iter().find_map(is_in_doubt) {
            return Err(RefusalKind::Indivisible(tag));
        }
        // Several specs may name the same part.
        hits.sort_by_key(|hit| (hit.field, hit.subfield));
        hits.dedup_by_key(|hit| (hit.field, hit.subfield, hit.part.kind));
        Ok(hits)
    }

    /// Returns the text of a control field, or of a subfield.
    ///
    /// # Errors
    /// Fails if a byte of the field is undecodable.
    pub(super) fn value(
        &self,
        field: Field<'_>,
        subfield: Option<usize>,
    ) -> Result<String, RefusalKind> {
        let text = self.rule.with_policy(ErrorPolicy::Strict).field(self.original, field)?;
        Ok(match subfield {
            None => text.into_owned(),
            Some(nth) => {
                subfields(&text).nth(nth).map(|(_, value)| value).unwrap_or_default().to_owned()
            }
        })
    }

    /// Returns the bytes of a text in the encoding of a field with these bytes, or of a new field.
    ///
    /// # Errors
    /// Fails if the encoding does not have a character.
    pub(super) fn encode(
        &self,
        tag: Tag,
        field: Option<&[u8]>,
        text: &str,
    ) -> Result<Vec<u8>, RefusalKind> {
        let encoding = match field {
            // A field may prove that leader/09 is wrong.
            Some(bytes) if self.rule.as_it_stands(bytes).is_none() => {
                self.rule.settled(self.original).encoding()
            }
            _ => self.rule.encoding(),
        };
        let bytes = encoding.encode(text, EncodePolicy::Strict);
        bytes.map(Cow::into_owned).map_err(|error| RefusalKind::Unencodable(tag, error))
    }
}

/// Returns the ranges of the subfields in the bytes of a data field, each from its delimiter to its
/// end. A delimiter without a code is passed over, as in [`subfields`].
pub(super) fn ranges(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let parts = bytes.split(|&byte| byte == SUBFIELD_DELIMITER).map(move |part| {
        let range = start..start + part.len();
        start = range.end + 1;
        range
    });
    parts.skip(1).filter(|range| !range.is_empty()).map(|range| range.start - 1..range.end)
}

/// Returns true if the bytes of a field and its text have the same subfields.
fn is_divided_alike(field: Field<'_>, text: &str) -> bool {
    let Field::Data(data) = field else { return true };
    let bytes = data.as_bytes();
    let mut codes = subfields(text).map(|(code, _)| code);
    let is_same = ranges(bytes).all(|range| {
        codes.next().is_some_and(|code| {
            let byte = bytes[range.start + 1];
            !(byte.is_ascii() || code.is_ascii()) || code.as_bytes() == [byte]
        })
    });
    is_same && codes.next().is_none()
}
