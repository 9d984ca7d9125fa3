//! A pattern for the two indicators of a field.

use crate::record::{DataField, Indicators};
use std::{format, string::String};

/// A pattern for the two indicators of a field; `None` matches anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndicatorPattern([Option<u8>; 2]);

impl IndicatorPattern {
    /// Parses a pattern of two characters: `*` matches anything, `#` or a blank is a blank.
    ///
    /// # Errors
    /// The reason, in words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let one = |byte| match byte {
            b'*' => Some(None),
            b'#' => Some(Some(b' ')),
            b' '..=b'~' => Some(Some(byte)),
            _ => None,
        };
        match text.as_bytes() {
            &[first, second] if one(first).is_some() && one(second).is_some() => {
                Ok(Self([one(first).flatten(), one(second).flatten()]))
            }
            _ => Err(format!(
                "indicators are two ASCII characters, such as `*0` or `##`, and not {text:?}"
            )),
        }
    }

    /// Returns true if the indicators of a field match.
    pub(super) fn matches(self, field: &DataField<'_>) -> bool {
        let Indicators { first, second } = field.indicators();
        self.0.iter().zip([first, second]).all(|(wanted, own)| wanted.is_none_or(|w| w == own))
    }
}
