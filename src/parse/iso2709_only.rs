//! The stand-in for the parse of the text formats, without the feature `formats`.

use super::{
    batch::Batch,
    index::{Entry, Index},
};
use crate::{error::Error, framing::FrameKind, source::RawBatch};
use std::{borrow::Cow, convert::Infallible};

#[derive(Debug, Clone, Default)]
pub(crate) struct TextParse;

impl TextParse {
    pub(super) const fn syntax(&self) -> Option<Infallible> {
        None
    }
}

#[derive(Debug, Default)]
pub(super) struct TextRecords;

impl TextRecords {
    pub(super) const fn clear(&self) {}

    pub(super) const fn arena(&self) -> &[u8] {
        &[]
    }
}

impl Index {
    pub(super) fn push_text(
        &mut self,
        _: usize,
        _: &[u8],
        _: FrameKind,
        _: Option<&'static str>,
        (syntax, _): (Infallible, &TextParse),
    ) {
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
