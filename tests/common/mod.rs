//! What the tests share.
#![allow(dead_code, unused_imports, reason = "each test program uses a part of this")]

#[cfg(feature = "compress")]
pub mod bgzf;
pub mod build;
pub mod cases;
#[cfg(feature = "columns")]
pub mod columns;
pub mod corpus;
#[cfg(feature = "filter")]
pub mod filters;
pub mod folder;
pub mod forge;
#[cfg(feature = "formats")]
pub mod formats;
pub mod observe;
pub mod oracle;
pub mod selectors;
pub mod shared;
pub mod strategies;
pub mod streams;
pub mod text;
#[cfg(feature = "compress")]
pub mod zip;
