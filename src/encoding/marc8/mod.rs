//! MARC-8: the character sets of the Library of Congress, and the switching between them ([MARC-8
//! environment](https://www.loc.gov/marc/specifications/speccharmarc8.html)).

mod charset;
mod decoder;
#[cfg(feature = "std")]
mod encoder;

#[cfg(feature = "std")]
pub(super) use charset::Charset;
pub(super) use charset::unknown as unknown_escape;
pub(super) use decoder::Marc8Units;
#[cfg(feature = "std")]
pub(super) use encoder::Encoder;

pub(super) const ESCAPE: u8 = 0x1B;

/// The controls of C1 that MARC-8 has in every set: non-sorting begin and end, joiner, non-joiner.
const CONTROLS: [(u8, char); 4] =
    [(0x88, '\u{98}'), (0x89, '\u{9C}'), (0x8D, '\u{200D}'), (0x8E, '\u{200C}')];

/// First half of the ligature and of the double tilde in the tables: they stand between the two
/// characters that they span.
const SPANNING: [char; 2] = ['\u{361}', '\u{360}'];
/// The first halves alone, the tables' alternative.
const FIRST_HALVES: [char; 2] = ['\u{FE20}', '\u{FE22}'];
/// The second halves, which Unicode does not need if the first half spans.
const SECOND_HALVES: [char; 2] = ['\u{FE21}', '\u{FE23}'];

#[cfg(all(test, feature = "std"))]
mod tests;
