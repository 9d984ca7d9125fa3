//! Numbers and names as they are shown.

use crate::error::{Grouped, escaped};
use std::path::Path;

/// Returns a number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    Grouped(number).to_string()
}

/// Returns a number of things: `1 record`, `2 records`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// Returns a path for a message, on one line and without control characters.
pub(super) fn path(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
