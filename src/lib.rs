//! tidemarc streams MARC records (ISO 2709): in order, without losing a record, at nearly the speed
//! at which the bytes can be read.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(test, not(feature = "std")))]
extern crate std;

pub mod encoding;
pub mod framing;
pub mod record;

/// The examples of the README, which are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The example of the page on recovery, which is a test too.
#[cfg(all(doctest, feature = "formats"))]
#[doc = include_str!("../docs/recovery.md")]
struct Recovery;

/// The examples of the pages on filters and statistics.
#[cfg(all(doctest, feature = "filter"))]
#[doc = include_str!("../docs/filters.md")]
struct Filters;
#[cfg(all(doctest, feature = "formats"))]
#[doc = include_str!("../docs/statistics.md")]
struct StatisticsPage;
/// The example of the page on several files, likewise.
#[cfg(all(doctest, feature = "formats"))]
#[doc = include_str!("../docs/several-files.md")]
struct SeveralFiles;
/// The examples of the page on large files.
#[cfg(all(doctest, feature = "formats"))]
#[doc = include_str!("../docs/scale.md")]
struct Scale;

#[cfg(all(feature = "cli", unix))]
pub mod cli;
#[cfg(feature = "columns")]
pub mod columns;
#[cfg(feature = "compress")]
mod compress;
#[cfg(all(feature = "std", not(feature = "compress")))]
#[path = "compress/none.rs"]
mod compress;
#[cfg(feature = "formats")]
mod convert;
#[cfg(feature = "filter")]
pub mod edit;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
pub mod format;
#[cfg(feature = "index")]
mod index;
#[cfg(feature = "std")]
pub mod matchkey;
#[cfg(feature = "std")]
mod output;
#[cfg(feature = "std")]
mod page;
#[cfg(feature = "std")]
mod parse;
#[cfg(feature = "std")]
mod pipeline;
#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "std")]
pub mod select;
#[cfg(feature = "std")]
mod source;
#[cfg(feature = "std")]
pub mod statistics;
#[cfg(feature = "std")]
mod stream;
#[cfg(feature = "parallel")]
mod sync;

#[cfg(any(feature = "python", all(test, feature = "parallel")))]
mod owner;
#[cfg(feature = "python")]
mod python;

pub use record::{
    ControlField, DataField, Directory, DirectoryEntry, ErrorKind, Fault, Field, Indicators,
    Leader, RecordRef, Severity, Subfield, Tag,
};

#[cfg(feature = "formats")]
pub use convert::{Conversion, ConvertError, Converter, convert};
#[cfg(feature = "std")]
pub use error::Error;
#[cfg(feature = "std")]
pub use format::WriteError;
#[cfg(feature = "formats")]
pub use format::Writer;
#[cfg(feature = "index")]
pub use index::{Difference, Index, IndexBuilder, IndexError};
#[cfg(feature = "std")]
pub use output::OutputFile;
#[cfg(feature = "std")]
pub use parse::{Batch, BatchRecord, Item, Parsed, ParsedRecord, Project, Stats};
#[cfg(feature = "std")]
pub use pipeline::Limits;
#[cfg(feature = "parallel")]
pub use pipeline::{set_threads, threads};
#[cfg(feature = "filter")]
pub use reader::Matching;
#[cfg(feature = "std")]
pub use reader::{
    Projected, Reader, ReaderBuilder, ReportFormat, SharedRecord, Summary, check, report, splits,
};
#[cfg(feature = "std")]
pub use record::{BuildError, FieldError, OwnedField, Record, RecordBuilder};
#[cfg(feature = "std")]
pub use source::{files, range::ByteRange};
#[cfg(feature = "std")]
pub use stream::Quarantine;
