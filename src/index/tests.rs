//! Tests that need limits and files that the public face does not have.

#[cfg(feature = "compress")]
mod bgzf;
mod hostile;
mod runs;
