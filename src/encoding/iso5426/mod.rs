//! ISO 5426, extended Latin: ASCII below, and above it a table of letters and of marks that stand
//! before the letter that they are put on.
//!
//! The mark DD is the left half of the ligature and of the double tilde alike; the right half, DE or
//! DF, tells which.

mod decoder;
#[cfg(feature = "std")]
mod encoder;

pub(super) use decoder::Iso5426Units;
#[cfg(feature = "std")]
pub(super) use encoder::Encoder;

/// Non-sorting begin and end, which UNIMARC puts around the article of a title.
const CONTROLS: [(u8, char); 2] = [(0x88, '\u{98}'), (0x89, '\u{9C}')];
