//! What the fuzz targets share: the oracle and the observers of the tests, and how an input is
//! taken apart.
//!
//! Each target compares two ways to the same result, so it finds wrong answers and not only
//! crashes.

#[path = "../../tests/common/filters/mod.rs"]
pub mod filters;
#[path = "../../tests/common/observe.rs"]
pub mod observe;
#[path = "../../tests/common/oracle/mod.rs"]
pub mod oracle;
#[path = "../../tests/common/selectors/mod.rs"]
pub mod selectors;
#[path = "../../tests/common/text.rs"]
pub mod text;

use tidemarc::framing::{ForeignFormat, recognise};

/// Returns true if a reader decompresses these bytes. The oracle does not.
pub fn is_compressed(bytes: &[u8]) -> bool {
    use ForeignFormat::{Bzip2, Gzip, Xz, Zip, Zstd};
    matches!(recognise(bytes), Some(Gzip | Zstd | Bzip2 | Xz | Zip))
}

/// Returns true for a zip archive. A source that cannot seek cannot give one, because its directory
/// is at its end.
pub fn is_archive(bytes: &[u8]) -> bool {
    recognise(bytes) == Some(ForeignFormat::Zip)
}

/// The first bytes of an input say how to read the rest of it.
pub struct Input<'a> {
    /// The limit on record length.
    pub limit: usize,
    /// Lengths of pieces, chunks and the like: small, and never 0.
    pub sizes: [usize; 2],
    /// From 1 to 4.
    pub threads: usize,
    pub bytes: &'a [u8],
}

impl<'a> Input<'a> {
    /// `None` if the input is too short for the settings.
    pub fn new(data: &'a [u8]) -> Option<Self> {
        let ([low, high, first, second], bytes) = data.split_first_chunk()?;
        let limit = match u16::from_le_bytes([*low, *high]) {
            u16::MAX => 1 << 20,
            limit => 26 + usize::from(limit),
        };
        let sizes = [1 + usize::from(*first), 1 + usize::from(*second)];
        Some(Self { limit, sizes, threads: 1 + usize::from(*second) % 4, bytes })
    }
}
