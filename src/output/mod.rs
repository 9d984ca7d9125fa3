//! Writing to a path without losing what was there.
//!
//! A regular file is written to a temporary file in its folder, and replaced in one step when the
//! output is complete. Everything else that a path can lead to (a FIFO, a terminal, a device) is
//! written directly.

#![forbid(unsafe_code)]

mod file;
#[cfg_attr(not(feature = "python"), expect(dead_code, reason = "only Python names such files"))]
pub(crate) mod in_place;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod replacement;
#[cfg(any(feature = "cli", feature = "index"))]
mod scratch;
#[cfg(any(unix, feature = "index"))]
mod temporary;

pub use file::OutputFile;
#[cfg(any(feature = "cli", feature = "index"))]
pub(crate) use scratch::Scratch;
#[cfg(unix)]
use temporary::temporary_name;

use std::{error, fmt, io};

/// The reason why an existing file cannot be replaced, although it may be written to.
#[derive(Debug)]
pub(crate) struct Irreplaceable {
    /// The error of the operating system.
    pub(crate) cause: io::Error,
}

/// Advice for users whose file cannot be replaced.
pub(crate) const OPEN_IT_YOURSELF: &str = "the file is replaced through a temporary file in its \
    folder, which the folder does not permit; open the file yourself to write over it in place";

impl Irreplaceable {
    #[cfg_attr(not(unix), allow(dead_code, reason = "files are replaced on Unix only"))]
    fn wrap(cause: io::Error) -> io::Error {
        io::Error::new(cause.kind(), Self { cause })
    }
}

impl fmt::Display for Irreplaceable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {OPEN_IT_YOURSELF}", self.cause)
    }
}

impl error::Error for Irreplaceable {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}
