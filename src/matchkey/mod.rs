//! Match keys: texts that are equal for records of the same book, in spite of different descriptions.
//!
//! `docs/match-keys.md` has the rules, and the differences from the reference.

#![forbid(unsafe_code)]

mod gold_rush;
mod parts;
mod text;

pub use gold_rush::gold_rush;
