//! The stand-in for the options of other formats, without the feature `formats`.

use std::string::String;

#[derive(Debug, Clone, Default)]
pub(crate) struct FormatOptions;

impl FormatOptions {
    pub(super) const fn settle_exact(&self) -> Result<(), String> {
        Ok(())
    }
}
