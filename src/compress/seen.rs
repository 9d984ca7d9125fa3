//! The compression of an input, to write it again in the same one.

use super::{bgzf::Header, compression::Compression};
use crate::framing::{ForeignFormat, signatures::packed};

/// Number of bytes at the start of an input that show its compression.
pub(crate) const SEEN: usize = 4 << 10;

/// Returns the compression of an input that begins with these bytes; `None` if it is not
/// compressed.
///
/// # Errors
/// Returns a compression that can be read, but not written.
pub(crate) fn compression_of(head: &[u8]) -> Result<Option<Compression>, ForeignFormat> {
    match packed::Compression::of(head) {
        None => Ok(None),
        Some(packed::Compression::Gzip) if Header::parse(head).is_ok() => {
            Ok(Some(Compression::Bgzf))
        }
        Some(packed::Compression::Gzip) => Ok(Some(Compression::Gzip)),
        Some(packed::Compression::Zstd) => Ok(Some(Compression::Zstd)),
        Some(other) => Err(other.format()),
    }
}
