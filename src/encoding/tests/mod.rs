//! Text typed byte by byte.

mod detect;
mod encode;
mod errors;
mod iso5426;
mod marc8;
mod pymarc;
mod record_text;

use super::{DecodeOptions, Encoding, ErrorPolicy};

fn marc8(bytes: &[u8]) -> String {
    Encoding::Marc8.decode(bytes).unwrap_or_else(|error| panic!("{error}")).into_owned()
}

fn with_policy(encoding: Encoding, bytes: &[u8], policy: ErrorPolicy) -> String {
    encoding.decode_with(bytes, &DecodeOptions::new().policy(policy)).unwrap().into_owned()
}
