//! The stand-in for readers of other formats, without the feature `formats`.

use super::range::Shape;
use crate::{
    error::Error,
    parse::{Batch, TextParse},
    source::{BatchSource, Input, range::ReadAt},
    stream::Options,
};
use std::{boxed::Box, io, vec::Vec};

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

    pub(super) const fn shape(&self, _: &mut dyn ReadAt) -> io::Result<Shape> {
        Ok(Shape::Iso2709)
    }

    pub(super) const fn detects_text(&self, _: &[u8]) -> bool {
        false
    }
}

/// Returns nothing: there is no other format to write.
pub(super) const fn unheld(_: &Batch, _: usize) -> Vec<Error> {
    Vec::new()
}
