//! The stand-in for readers of other formats, without the feature `formats`.

use crate::{
    parse::TextParse,
    source::{BatchSource, Input},
    stream::Options,
};
use std::boxed::Box;

impl Options {
    pub(super) const fn text_parse(&self) -> TextParse {
        TextParse
    }

    pub(super) fn source(
        &self,
        input: impl Input + 'static,
        _: &TextParse,
    ) -> Box<dyn BatchSource> {
        self.iso2709(input)
    }

    pub(super) const fn detects_text(&self, _: &[u8]) -> bool {
        false
    }
}
