//! The options of a reader for formats besides ISO 2709.

use super::batches::Batches;
use crate::{
    format::{Controls, Format, Found, Mnemonics},
    parse::Project,
};
use std::{format, string::String};

#[derive(Debug, Clone, Default)]
pub(crate) struct FormatOptions {
    /// The format of the input; `None` to detect it.
    pub(crate) format: Option<Format>,
    pub(crate) controls: Controls,
    /// The names in braces that are mnemonics in MARCMaker text.
    pub(crate) mnemonics: Mnemonics,
}

impl FormatOptions {
    /// Settles the format of a reader that does not read ahead: it is ISO 2709, the only one in
    /// which a record states its length.
    ///
    /// # Errors
    /// A message, if another format is named.
    pub(super) fn settle_exact(&mut self) -> Result<(), String> {
        match *self.format.get_or_insert(Format::Iso2709) {
            Format::Iso2709 => Ok(()),
            format => Err(format!(
                "without read_ahead, the format must be one in which a record says how long it is, \
                 'iso2709', not '{format}'"
            )),
        }
    }
}

impl<P: Project> Batches<P> {
    /// Returns the format of the input, once it is known.
    pub(crate) const fn found(&self) -> &Found {
        &self.engine.stage.parse.text.found
    }
}
