//! Columns: definitions, scans, and their batches as streams of Arrow.

mod batch;
mod column;
mod csv;
mod export;
mod output;
mod preview;
mod rows;
mod run;
mod scan;
mod schema;
mod table;

pub(crate) use batch::Batch;
pub(crate) use column::{_restore_column, Column};
pub(crate) use output::Output;
pub(crate) use rows::Rows;
pub(crate) use scan::Scan;
pub(crate) use schema::Schema;
