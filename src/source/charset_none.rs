//! The encodings of XML documents other than Unicode and ISO 8859-1: without text formats, none.

use std::vec::Vec;

/// An encoding in which a character is one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {}

impl Charset {
    pub(super) const fn of_label(_label: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn append_utf8(self, _bytes: &[u8], _output: &mut Vec<u8>) {
        match self {}
    }

    pub(super) fn append_restored(self, _utf8: &[u8], _bytes: &mut Vec<u8>) {
        match self {}
    }
}
