//! What may stand around the records of an XML document: the tags of elements that hold records, and
//! what protocols say between them (OAI-PMH, SRU), each text alone in an element of its own.
//!
//! Nothing of a record may be taken for that. So text beside elements is none of it, nor is anything
//! but records in a `collection`, nor a leader or field outside of a record, nor an end tag without
//! its beginning. Such things are faults.

use super::names::local_name;
use std::mem;

/// Deeper than this, names are not remembered: the envelopes in use have five levels.
const DEEPEST: usize = 1_000;

/// A collection that is deeper in others is one more wrapper. What stands in a collection is looked at
/// as a whole first, and so as often as collections stand in each other.
const DEEPEST_COLLECTION: usize = 8;

/// Roots of documents that may well have no record in them: an empty collection, an empty answer.
const MAY_BE_EMPTY: [&[u8]; 3] = [b"collection", b"OAI-PMH", b"searchRetrieveResponse"];

/// The elements that are open around records.
#[derive(Debug)]
pub(super) struct Envelope {
    open: Vec<Element>,
    /// How many more are open, too deep to be remembered.
    deeper: usize,
    /// Whether elements may be open that began before the input.
    is_resumed: bool,
    /// Whether the innermost of these may be a `collection`: no other ended that is not known.
    is_amid: bool,
    /// Whether the input begins with what is left of a record, which was lost.
    is_cut: bool,
    /// Whether the last tag was the start tag of an element of the envelope.
    is_fresh: bool,
    /// While what is left of something lost is passed over: it ends with so many elements open.
    lost: Option<usize>,
    /// How many elements there were.
    elements: usize,
    /// Whether a document with this root may have no record.
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

/// What text outside of records stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// No element.
    Nothing,
    /// An element of the envelope, of which it is all the content.
    Envelope,
    /// An element that has others in it, or is there for records.
    Others,
}

/// Whether an element belongs into a record.
pub(super) fn is_content(name: &[u8]) -> bool {
    matches!(local_name(name), b"leader" | b"controlfield" | b"datafield" | b"subfield")
}

/// FNV-1a. Two names of one hash would make an end tag pass that closes nothing, and no more.
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

    /// There is an element, which is dealt with as a whole or begins as one.
    pub(super) fn child(&mut self) {
        self.elements += 1;
        self.is_fresh = false;
    }

    /// A record begins: what was lost is over.
    pub(super) fn find(&mut self) {
        (self.lost, self.is_cut) = (None, false);
    }

    /// There is an element of the envelope, open unless it is empty.
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

    /// An element is open from here on.
    pub(super) fn open(&mut self, name: &[u8]) {
        if self.deeper > 0 || self.open.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        let is_collection =
            local_name(name) == b"collection" && self.open.len() < DEEPEST_COLLECTION;
        self.open.push(Element { name: hash(name), is_collection });
    }

    /// An element ends, and with it those that it holds and that have no end; `false` if none is
    /// open that has this name.
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
                // Of an element that was lost, and not of any around records.
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

    /// From here on everything is lost until a record begins, or the element ends that is open.
    pub(super) fn lose(&mut self) {
        self.lost = Some(self.open.len());
    }

    /// The input begins in a record that is lost.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
        self.lose();
    }

    /// A `record` is open that holds others, which is a protocol's: so is what it stands in.
    pub(super) fn wrap(&mut self) {
        self.is_amid &= self.is_open();
    }

    /// Whether the input goes on in its middle from here on, and elements may be open around.
    pub(super) const fn is_resumed(&self) -> bool {
        self.is_resumed && self.elements == 0
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// What text stands in that is not blank, and before an end tag or something else.
    pub(super) fn holds_text(&mut self, is_before_end_tag: bool) -> Within {
        self.has_text = true;
        let is_all = self.is_fresh && is_before_end_tag && !self.is_collection();
        match self.is_open() {
            false => Within::Nothing,
            true if is_all => Within::Envelope,
            true => Within::Others,
        }
    }

    /// Whether the innermost element is a `collection`, or may be one that began before the input.
    pub(super) fn is_collection(&self) -> bool {
        match self.open.last() {
            Some(element) => self.deeper == 0 && element.is_collection,
            None => self.is_amid,
        }
    }

    /// Whether an element of this name has no place here unless it holds records.
    pub(super) fn is_odd(&self, name: &[u8]) -> bool {
        let is_root = self.open.is_empty() && MAY_BE_EMPTY.contains(&local_name(name));
        self.is_collection() && !is_root
    }

    pub(super) const fn is_open(&self) -> bool {
        self.deeper > 0 || !self.open.is_empty()
    }

    /// Whether there was nothing so far that a document could be without.
    pub(super) const fn lacks_root(&self) -> bool {
        self.elements == 0 && !self.has_fault && !self.is_resumed
    }

    /// Whether this is a document with something in it, and no record.
    pub(super) const fn lacks_records(&self) -> bool {
        let has_something = self.elements > 1 || self.has_text;
        has_something
            && !(self.has_record || self.has_fault || self.is_resumed || self.may_be_empty)
    }
}
