//! Selectors: short expressions that name values of a record, such as `650$a{$2=\fast}`.
//!
//! The language is [MARCspec](https://marcspec.github.io/MARCspec/), version 0.16beta+2, with a few
//! additions. `docs/selectors.md` has its rules. A [`Selector`] is parsed once and evaluated for
//! many records. It reads the fields in place: the values borrow from the record if its text needs
//! no conversion.
//!
//! A [`Filter`] is an expression over selectors that is true or false for a record
//! (`docs/filters.md`; Cargo feature `filter`).
//!
//! This folder does no I/O and uses no threads.

#![forbid(unsafe_code)]

mod error;
mod evaluate;
#[cfg(feature = "filter")]
mod filter;
mod occurrence;
mod parse;
#[cfg(feature = "filter")]
mod parts;
#[cfg(feature = "filter")]
mod pattern;
#[cfg(any(feature = "columns", feature = "filter"))]
#[cfg_attr(
    not(feature = "columns"),
    expect(dead_code, reason = "filters ask for the values alone, columns for facts about them")
)]
mod plain;
mod positions;
mod print;
mod selector;
mod spec;
mod tag;
mod value;

pub use error::SelectorError;
#[cfg(feature = "filter")]
pub(crate) use error::pointed;
#[cfg(any(feature = "columns", feature = "filter"))]
pub(crate) use evaluate::Undecodable;
#[cfg(feature = "columns")]
pub(crate) use evaluate::leader_text;
#[cfg(feature = "filter")]
pub use filter::{Filter, FilterError, ValueSet};
#[cfg(feature = "filter")]
pub(crate) use parts::{NamedPart, PartKind};
#[cfg(feature = "filter")]
pub(crate) use pattern::compile;
#[cfg(feature = "columns")]
pub(crate) use plain::{Characters, PlainSelector, Take, TakenCodes};
pub use selector::Selector;
pub use tag::TagPattern;
pub use value::Value;
