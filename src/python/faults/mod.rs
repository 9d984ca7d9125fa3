//! Faults, losses and notes as Python objects, and exceptions.

pub(crate) mod errors;
pub(crate) mod fault;
pub(crate) mod losses;
pub(crate) mod note;
pub(crate) mod refused;
