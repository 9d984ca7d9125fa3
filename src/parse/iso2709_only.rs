//! The stand-in for the parse of the text formats, without the feature `formats`.

use super::{
    batch::Batch,
    entry::{Entry, What},
    index::Index,
};
use crate::{error::Error, record::Fault, source::RawBatch};
use std::{borrow::Cow, convert::Infallible, ops::Range};

#[derive(Debug, Clone, Default)]
pub(crate) struct TextParse;

impl TextParse {
    pub(super) const fn syntax(&self, _: u32) -> Option<Infallible> {
        None
    }

    pub(crate) const fn turn_to(&self, _: u32) {}
}

#[derive(Debug, Default)]
pub(super) struct TextRecords;

impl TextRecords {
    pub(super) const fn clear(&self) {}

    pub(super) fn keep(&self, _: Range<usize>) {}

    pub(super) const fn arena(&self) -> &[u8] {
        &[]
    }

    pub(super) const fn explain(&self, _: usize, _: Fault, _: Option<&'static str>) {}
}

impl Index {
    pub(super) const fn parse_text(&self, _: &[u8], syntax: Infallible, _: &TextParse) -> What {
        match syntax {}
    }

    pub(super) const fn measure(&self, _: &RawBatch) {}
}

impl Batch {
    pub(crate) fn input_of(&self, entry: &Entry) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.bytes_of(entry))
    }

    pub(super) const fn text_error(&self, _: usize) -> Option<Error> {
        None
    }
}
