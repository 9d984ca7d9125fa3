//! The tests of the crate's public face, in one program that is compiled and linked once.
//!
//! Tests that count the threads or descriptors of their process have programs of their own beside
//! it.

#[path = "../common/mod.rs"]
mod common;

mod cases;
#[cfg(feature = "columns")]
mod columns;
#[cfg(feature = "compress")]
mod compressed;
#[cfg(all(feature = "formats", not(feature = "compress")))]
#[path = "compressed_none.rs"]
mod compressed;
#[cfg(feature = "formats")]
mod convert;
mod corpus;
#[cfg(feature = "formats")]
mod corpus_formats;
#[cfg(feature = "filter")]
mod edits;
mod encodings;
mod fault_examples;
mod features;
mod file_sizes;
#[cfg(feature = "filter")]
mod filtered;
#[cfg(feature = "filter")]
mod filters;
#[cfg(feature = "formats")]
mod formats;
#[cfg(feature = "formats")]
mod formats_indicators;
#[cfg(feature = "formats")]
mod formats_json;
#[cfg(feature = "formats")]
mod formats_junk;
#[cfg(feature = "formats")]
mod formats_leader;
#[cfg(feature = "formats")]
mod formats_lines;
#[cfg(feature = "formats")]
mod formats_marcxml;
#[cfg(feature = "formats")]
mod formats_marcxml_recovery;
#[cfg(feature = "formats")]
mod formats_properties;
#[cfg(feature = "formats")]
mod formats_recovery;
#[cfg(feature = "formats")]
mod formats_written;
mod fuzz_seeds;
#[cfg(feature = "formats")]
mod gold_rush;
mod in_use;
#[cfg(feature = "index")]
mod index;
mod layers;
mod messages;
#[cfg(feature = "formats")]
mod odd_tags;
#[cfg(feature = "formats")]
mod one_reader;
mod output;
#[cfg(feature = "parallel")]
mod pipeline;
mod projection;
mod properties;
mod quarantine;
mod quarantine_files;
mod ranges;
mod recovery;
mod report;
mod resume;
mod selectors;
mod several;
mod short_lengths;
mod statistics;
mod torture;
mod unsafe_code;
#[cfg(feature = "formats")]
mod writer;
