//! Forms in which records are written.
//!
//! [`iso2709`] is the form that this crate reads: the exchange format of ISO 2709, as MARC 21 and
//! UNIMARC use it.

#![forbid(unsafe_code)]

pub mod iso2709;
