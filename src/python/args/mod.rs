//! Keyword arguments that several classes and functions share.

pub(crate) mod choice;
pub(crate) mod format_options;
pub(crate) mod number;
pub(crate) mod on_fault;
pub(crate) mod range;
pub(crate) mod truthy;
