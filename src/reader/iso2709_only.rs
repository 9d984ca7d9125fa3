//! The stand-in for readers of other formats, without the feature `formats`.

use crate::{
    error::Error,
    parse::{Batch, TextParse},
    source::{BatchSource, Input},
    stream::Options,
};
use std::{boxed::Box, vec::Vec};

impl Options {
    pub(super) const fn text_parse(&self, _: usize) -> TextParse {
        TextParse
    }

    pub(super) fn source(
        &self,
        input: impl Input + 'static,
        _: &TextParse,
        _: u32,
    ) -> Box<dyn BatchSource> {
        self.iso2709(input)
    }

    pub(super) const fn detects_text(&self, _: &[u8]) -> bool {
        false
    }
}

/// Returns nothing: there is no other format to write.
pub(super) const fn unheld(_: &Batch, _: usize) -> Vec<Error> {
    Vec::new()
}
