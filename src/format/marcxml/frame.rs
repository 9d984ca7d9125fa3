//! An element that may be a record.

use crate::format::extent::{Extent, Flaw};

/// The element that is open and may be a record, or something in the place of one. It begins at the
/// front of the window.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// How many elements are open in it, itself included.
    pub(super) depth: usize,
    /// Whether its name is `record`.
    pub(super) is_record: bool,
    /// Whether it has a leader or a field in it.
    pub(super) has_content: bool,
    /// Whether it has other elements in it.
    pub(super) has_others: bool,
    /// Whether one of them is there to hold a record, or is part of a field.
    pub(super) has_place: bool,
    /// Whether it has text in it; beside elements, if it is a `record`.
    pub(super) has_text: bool,
    /// How long its start tag is.
    pub(super) head: usize,
    /// How long the prefix of its name is, colon included.
    pub(super) prefix: usize,
}

impl Frame {
    /// Whether the markup at this place is a tag that neither ends this record nor begins another:
    /// once there is a leader or a field, most is. A tag ends at the next `<` at the latest, so there
    /// is no need to look for its end. What is not sure is left to the scanner.
    pub(super) fn passes_over(&self, window: &[u8], start: usize) -> bool {
        if !(self.is_record && self.has_content) {
            return false;
        }
        let name = match &window[start..] {
            [b'<', b'/', name @ ..] | [b'<', name @ ..] => name,
            _ => return false,
        };
        // Of another prefix than the record's nothing is known, not even how long it is.
        let Some(name) = name.strip_prefix(&window[1..1 + self.prefix]) else { return false };
        let end = name.iter().take(LONGEST_PASSED).find(|byte| !byte.is_ascii_lowercase());
        name.first() != Some(&b'r') && matches!(end, Some(b'>' | b' ' | b'/'))
    }

    /// What the element was, which is closed and `length` bytes long.
    pub(super) fn closed(&self, length: usize, is_in_collection: bool) -> Extent {
        if self.is_record && (self.has_content || !self.has_others) {
            return Extent::Record(length);
        }
        if !self.is_record && (self.has_content || self.has_text) {
            return Extent::Fault(length, Flaw::syntax("an element that is no record has data"));
        }
        // Of a record that was deleted OAI-PMH has a header alone.
        if self.is_record && (is_in_collection || self.has_place || self.has_text) {
            return Extent::Fault(length, Flaw::syntax("the record has no leader and no field"));
        }
        Extent::Skip(length)
    }
}

/// Longer names, prefix left out, are not passed over: `controlfield` is the longest in use.
const LONGEST_PASSED: usize = 16;
