//! From the bytes of a field to text, and back.
//!
//! [`Encoding`] is what bytes are decoded by, [`detect`] finds out which one a record is in, and
//! `FieldDecoder` reads fields and says where an error is. Text is never replaced silently: bytes that
//! are no text in the record's encoding are an error with their position, or what an `ErrorPolicy`
//! makes of them.
//!
//! Without `std` there are [`Encoding::chars`], which yields any encoding's text one character at a
//! time, and [`Encoding::decode_borrowed`]; neither allocates.
//!
//! What each encoding has, and where the sources of the tables disagree, is written down in
//! `docs/encodings.md`.

#![forbid(unsafe_code)]

mod chars;
mod detect;
mod error;
mod iso5426;
mod marc8;
mod scheme;
mod tables;
mod units;

#[cfg(feature = "std")]
mod compose;
#[cfg(feature = "std")]
mod decode;
#[cfg(feature = "std")]
mod encode;
#[cfg(feature = "std")]
mod field;
#[cfg(feature = "std")]
pub mod pymarc;

pub use chars::Chars;
pub use detect::{Detected, Why, detect};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use scheme::Encoding;

#[cfg(feature = "std")]
pub use decode::{DecodeOptions, ErrorPolicy};
#[cfg(feature = "std")]
pub use encode::EncodePolicy;
#[cfg(feature = "std")]
pub use field::{FieldDecoder, TextError};

#[cfg(all(test, feature = "std"))]
mod tests;
