//! An element that may be a record.

use super::names::local_name;
use crate::format::text_framer::{TextFault, TextStep};

/// The open element that may be a record, or something in the place of a record. It begins at the
/// front of the window.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Number of elements that are open in it, including itself.
    pub(super) depth: usize,
    /// True if its name is `record`.
    pub(super) is_record: bool,
    /// True if it contains a leader or a field.
    pub(super) has_content: bool,
    /// True if it contains other elements.
    pub(super) has_others: bool,
    /// True if one of them is meant to hold a record, or is part of a field.
    pub(super) has_place: bool,
    /// True if it contains text; in a `record`, text beside elements.
    pub(super) has_text: bool,
    /// Length of its start tag.
    pub(super) head: usize,
    /// Length of the prefix of its name, including the colon.
    pub(super) prefix: usize,
}

impl Frame {
    /// Returns true if a name has the prefix of this element.
    pub(super) fn has_prefix_of(&self, name: &[u8], window: &[u8]) -> bool {
        let prefix = &name[..name.len() - local_name(name).len()];
        prefix == &window[1..1 + self.prefix]
    }

    /// Returns true if the markup at this place is a tag that neither ends this record nor begins
    /// another. After the first leader or field, most markup is such a tag. A tag ends at the next
    /// `<` at the latest, so its end need not be searched for. Unclear cases are left to the
    /// scanner.
    pub(super) fn passes_over(&self, window: &[u8], start: usize) -> bool {
        if !(self.is_record && self.has_content) {
            return false;
        }
        let name = match &window[start..] {
            [b'<', b'/', name @ ..] | [b'<', name @ ..] => name,
            _ => return false,
        };
        // Nothing is known about another prefix than the record's, not even its length.
        let Some(name) = name.strip_prefix(&window[1..1 + self.prefix]) else { return false };
        let end = name.iter().take(LONGEST_PASSED).find(|byte| !byte.is_ascii_lowercase());
        name.first() != Some(&b'r') && matches!(end, Some(b'>' | b' ' | b'/'))
    }

    /// Returns the class of the element, which is closed and `length` bytes long.
    pub(super) fn closed(&self, length: usize, is_in_collection: bool) -> TextStep {
        if self.is_record && (self.has_content || !self.has_others) {
            return TextStep::Record(length);
        }
        if !self.is_record && (self.has_content || self.has_text) {
            return TextStep::Fault(
                length,
                TextFault::syntax("an element that is not a record has data"),
            );
        }
        // For a deleted record, OAI-PMH has only a header.
        if self.is_record && (is_in_collection || self.has_place || self.has_text) {
            return TextStep::Fault(
                length,
                TextFault::syntax("the record has no leader and no field"),
            );
        }
        TextStep::Skip(length)
    }
}

/// Length up to which names, without prefix, are skipped: `controlfield` is the longest in use.
const LONGEST_PASSED: usize = 16;
