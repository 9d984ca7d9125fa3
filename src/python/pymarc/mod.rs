//! The parts of the drop-in for pymarc that no native class needs.

pub(crate) mod exceptions;
pub(crate) mod marc8;
pub(crate) mod marc_reader;
pub(crate) mod raw_field;
pub(crate) mod replaced;
pub(crate) mod text_proof;
