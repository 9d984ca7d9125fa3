//! The envelope: the text that may stand around the records of an XML document. It consists of the
//! tags of elements that hold records, and of the data of protocols between them (OAI-PMH, SRU),
//! each text alone in an element of its own.
//!
//! No part of a record may be taken for envelope. So text beside elements is not envelope, nor is
//! anything except records in a `collection`, nor a leader or field outside of a record, nor an end
//! tag without its beginning. These are faults.

use super::names::local_name;
use std::mem;

/// Depth beyond which names are not remembered: the envelopes in use have five levels.
const DEEPEST: usize = 1_000;

/// Depth beyond which a collection in other collections is just one more wrapper. The content of a
/// collection is first examined as a whole, and so once for each collection around it.
const DEEPEST_COLLECTION: usize = 8;

/// Roots of documents that may have no record: an empty collection, an empty answer.
const MAY_BE_EMPTY: [&[u8]; 3] = [b"collection", b"OAI-PMH", b"searchRetrieveResponse"];

/// The elements that are open around records.
#[derive(Debug)]
pub(super) struct Envelope {
    open: Vec<Element>,
    /// Number of further open elements, too deep to be remembered.
    deeper: usize,
    /// True if elements may be open that began before the input.
    is_resumed: bool,
    /// True if the innermost of these may be a `collection`: no other unknown element has ended.
    is_amid: bool,
    /// True if the input begins with the rest of a record, which was lost.
    is_cut: bool,
    /// True if the last tag was the start tag of an element of the envelope.
    is_fresh: bool,
    /// The number of open elements at which a lost part ends, while the rest of it is skipped.
    lost: Option<usize>,
    /// Number of elements so far.
    elements: usize,
    /// True if a document with this root may have no record.
    may_be_empty: bool,
    pub(super) has_record: bool,
    pub(super) has_fault: bool,
    has_text: bool,
}

#[derive(Debug, Clone, Copy)]
struct Element {
    /// A hash of its name.
    name: u32,
    is_collection: bool,
}

/// The surroundings of text outside of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// No element.
    Nothing,
    /// An element of the envelope that contains only this text.
    Envelope,
    /// An element that contains others, or is meant for records.
    Others,
}

/// Returns true if an element belongs in a record.
pub(super) fn is_content(name: &[u8]) -> bool {
    matches!(local_name(name), b"leader" | b"controlfield" | b"datafield" | b"subfield")
}

/// Returns a hash, FNV-1a. If two names have the same hash, an end tag that closes nothing is
/// accepted; there is no other effect.
fn hash(name: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    name.iter().fold(0x811C_9DC5, step)
}

impl Envelope {
    pub(super) const fn new(is_resumed: bool) -> Self {
        Self {
            open: Vec::new(),
            deeper: 0,
            is_resumed,
            is_amid: is_resumed,
            is_cut: false,
            is_fresh: false,
            lost: None,
            elements: 0,
            may_be_empty: false,
            has_record: false,
            has_fault: false,
            has_text: false,
        }
    }

    /// Records an element, which is handled as a whole or begins here.
    pub(super) fn child(&mut self) {
        self.elements += 1;
        self.is_fresh = false;
    }

    /// Records that a record begins: the lost part has ended.
    pub(super) fn find(&mut self) {
        (self.lost, self.is_cut) = (None, false);
    }

    /// Records an element of the envelope, which is open unless it is empty.
    pub(super) fn element(&mut self, name: &[u8], is_empty: bool) {
        if self.elements == 0 {
            self.may_be_empty = MAY_BE_EMPTY.contains(&local_name(name));
        }
        self.child();
        if !is_empty {
            self.open(name);
            self.is_fresh = true;
        }
    }

    /// Records that an element is open from here on.
    pub(super) fn open(&mut self, name: &[u8]) {
        if self.deeper > 0 || self.open.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        let is_collection =
            local_name(name) == b"collection" && self.open.len() < DEEPEST_COLLECTION;
        self.open.push(Element { name: hash(name), is_collection });
    }

    /// Records that an element ends, and with it the elements in it that have no end. Returns false
    /// if no element with this name is open.
    pub(super) fn close(&mut self, name: &[u8]) -> bool {
        self.is_fresh = false;
        if self.deeper > 0 {
            self.deeper -= 1;
            return true;
        }
        let (full, name) = (name, hash(name));
        let Some(at) = self.open.iter().rposition(|element| element.name == name) else {
            if !self.open.is_empty() {
                return false;
            }
            if is_content(full) && self.is_resumed {
                // It is the end of an element that was lost, not of one around records.
                self.lose();
                return false;
            }
            if local_name(full) == b"record" && mem::take(&mut self.is_cut) {
                self.lost = None;
            } else {
                self.is_amid &= self.is_lost();
            }
            return self.is_resumed;
        };
        self.open.truncate(at);
        if self.lost.is_some_and(|floor| at < floor) {
            self.lost = None;
        }
        true
    }

    /// Marks everything from here on as lost, until a record begins or the open element ends.
    pub(super) fn lose(&mut self) {
        self.lost = Some(self.open.len());
    }

    /// Records that the input begins in a record that is lost.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
        self.lose();
    }

    /// Records that a `record` is open that contains others. It belongs to a protocol, and so do
    /// the elements around it.
    pub(super) fn wrap(&mut self) {
        self.is_amid &= self.is_open();
    }

    /// Returns true if the input continues in its middle from here on, and elements may be open
    /// around it.
    pub(super) const fn is_resumed(&self) -> bool {
        self.is_resumed && self.elements == 0
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Returns the surroundings of text that is not blank.
    pub(super) fn holds_text(&mut self, is_before_end_tag: bool) -> Within {
        self.has_text = true;
        let is_all = self.is_fresh && is_before_end_tag && !self.is_collection();
        match self.is_open() {
            false => Within::Nothing,
            true if is_all => Within::Envelope,
            true => Within::Others,
        }
    }

    /// Returns true if the innermost element is a `collection`, or may be one that began before the
    /// input.
    pub(super) fn is_collection(&self) -> bool {
        match self.open.last() {
            Some(element) => self.deeper == 0 && element.is_collection,
            None => self.is_amid,
        }
    }

    /// Returns true if an element of this name has no place here unless it contains records.
    pub(super) fn is_odd(&self, name: &[u8]) -> bool {
        let is_root = self.open.is_empty() && MAY_BE_EMPTY.contains(&local_name(name));
        self.is_collection() && !is_root
    }

    pub(super) const fn is_open(&self) -> bool {
        self.deeper > 0 || !self.open.is_empty()
    }

    /// Returns true if a required root element is still missing.
    pub(super) const fn lacks_root(&self) -> bool {
        self.elements == 0 && !self.has_fault && !self.is_resumed
    }

    /// Returns true if this is a document with content, and without a record.
    pub(super) const fn lacks_records(&self) -> bool {
        let has_something = self.elements > 1 || self.has_text;
        has_something
            && !(self.has_record || self.has_fault || self.is_resumed || self.may_be_empty)
    }
}
