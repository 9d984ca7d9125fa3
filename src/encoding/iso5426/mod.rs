//! ISO 5426, extended Latin: ASCII in the lower half, and in the upper half letters and marks,
//! which stand before the letter that they combine with.
//!
//! The mark DD is the left half of both the ligature and the double tilde; the right half, DE or
//! DF, decides.

mod decoder;
#[cfg(feature = "std")]
mod encoder;

pub(super) use decoder::Iso5426Units;
#[cfg(feature = "std")]
pub(super) use encoder::Encoder;

/// Non-sorting begin and end, which UNIMARC puts around the article of a title.
const CONTROLS: [(u8, char); 2] = [(0x88, '\u{98}'), (0x89, '\u{9C}')];
