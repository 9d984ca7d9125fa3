//! Columns: tables of values of records, as batches of [Arrow](https://arrow.apache.org).
//!
//! A [`Column`] is one column's definition, [`Columns`] are those of a table, and a [`Scan`] reads
//! records and yields the table batch by batch. There is one row for each delivered record.
//! `docs/columns.md` has the rules.
//!
//! ```
//! use arrow_array::{Array, cast::AsArray};
//! use tidemarc::{Reader, columns::{Column, Columns, Scan}};
//!
//! let columns = Columns::new([("subjects", Column::select("650$a")?)])?;
//! let reader = Reader::from_path("tests/fixtures/books.mrc")?;
//! let mut subjects = 0;
//! for batch in Scan::new(reader, &columns) {
//!     subjects += batch?.column(0).as_list::<i32>().values().len();
//! }
//! assert_eq!(subjects, 119);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod buffers;
pub(crate) mod cell_text;
mod cells;
mod column;
#[expect(clippy::module_inception, reason = "the file of the type `Columns`")]
mod columns;
mod csv;
mod error;
mod fields;
mod indicators;
mod join;
mod json_lines;
mod linked;
mod metadata;
mod options;
mod plan;
mod project;
mod row;
mod scan;
mod tags;
mod text;
mod types;

pub use self::csv::Csv;
pub use column::Column;
pub use columns::Columns;
pub use error::ColumnError;
pub use json_lines::JsonLines;
pub use options::{Linked, Metadata, Normalize, Order, Preset, Repeat, Type};
pub use scan::Scan;
