//! Selectors: short expressions that name values of a record, such as `650$a{$2=\fast}`.
//!
//! The language is [MARCspec](https://marcspec.github.io/MARCspec/), version 0.16beta+2, with a few
//! additions. `docs/selectors.md` has its rules. A [`Selector`] is parsed once and evaluated for
//! many records. It reads the fields in place: the values borrow from the record if its text needs
//! no conversion.
//!
//! This folder does no I/O and uses no threads.

#![forbid(unsafe_code)]

mod error;
mod evaluate;
mod occurrence;
mod parse;
#[cfg(feature = "columns")]
mod plain;
mod positions;
mod print;
mod selector;
mod spec;
mod tag;
mod value;

pub use error::SelectorError;
#[cfg(feature = "columns")]
pub(crate) use evaluate::{Undecodable, leader_text};
#[cfg(feature = "columns")]
pub(crate) use plain::{Characters, PlainSelector, Take, TakenCodes};
pub use selector::Selector;
pub use tag::TagPattern;
pub use value::Value;
