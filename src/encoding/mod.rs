//! The text of a field: decoding from bytes and encoding to bytes.
//!
//! [`Encoding`] decodes bytes and encodes text, [`detect`] finds the encoding of a record, and
//! `RecordText` is the rule by which the fields of a record become text. Text is never replaced
//! silently: bytes that do not decode are an error with their position, or are treated as an
//! `ErrorPolicy` says.
//!
//! Without `std` there are [`Encoding::chars`], which decodes any encoding one character at a time,
//! and [`Encoding::decode_borrowed`]; neither allocates.
//!
//! `docs/encodings.md` describes the characters of each encoding, and the places where the sources
//! of the tables disagree.

#![forbid(unsafe_code)]

mod chars;
#[cfg_attr(
    not(feature = "formats"),
    expect(dead_code, reason = "only writers change the coded data")
)]
mod detect;
mod error;
mod iso5426;
mod marc8;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "nothing is encoded"))]
mod scheme;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "nothing is encoded"))]
mod tables;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "nothing is decoded to a string"))]
mod units;

#[cfg(feature = "std")]
mod char_encoder;
#[cfg(feature = "std")]
mod compose;
#[cfg(feature = "std")]
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "no text is written"))]
mod decode;
#[cfg(feature = "std")]
mod encode;
#[cfg(feature = "std")]
pub mod pymarc;
#[cfg(feature = "std")]
#[cfg_attr(
    not(feature = "columns"),
    expect(dead_code, reason = "only columns decode each subfield on its own")
)]
mod record_text;

pub use chars::Chars;
#[cfg(feature = "formats")]
pub(crate) use detect::CodedData;
pub use detect::{Detected, Why, detect};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use scheme::Encoding;

#[cfg(feature = "std")]
pub use decode::{DecodeOptions, ErrorPolicy};
#[cfg(feature = "std")]
pub(crate) use detect::encoding_of;
#[cfg(feature = "std")]
pub use encode::EncodePolicy;
// The fast one asks the processor what it can do, and so needs `std`.
#[cfg(not(feature = "std"))]
use core::str::from_utf8;
#[cfg(feature = "columns")]
pub(crate) use record_text::cut;
#[cfg(feature = "std")]
pub use record_text::{RecordText, Subfields, TextError, TextOptions, subfields};
#[cfg(feature = "std")]
pub(crate) use simdutf8::basic::from_utf8;
