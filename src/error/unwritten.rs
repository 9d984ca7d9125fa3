//! A failure of the output, reported in the place of a failure of the input.

use super::escaped;
use std::{boxed::Box, error, fmt, io, path::PathBuf, string::ToString};

/// The reason why a quarantine or a report could not be written. It is inside an `io::Error`, so
/// that it is not mistaken for a failure of the source.
#[derive(Debug)]
pub(crate) struct Unwritten {
    /// The sort of output.
    pub(crate) what: &'static str,
    /// The path of the file, if it has one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) cause: io::Error,
}

impl Unwritten {
    /// Returns an error of the same kind as the cause, with this value inside.
    pub(crate) fn wrapped(self) -> io::Error {
        io::Error::new(self.cause.kind(), self)
    }

    /// Returns the value inside such an error.
    pub(crate) fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Returns the same by value.
    ///
    /// # Errors
    /// Returns the error unchanged if there is no such value inside.
    pub(crate) fn out_of(error: io::Error) -> Result<Box<Self>, io::Error> {
        match Self::inside(&error) {
            Some(_) => error.downcast().map(Box::new),
            None => Err(error),
        }
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}", self.what)?;
        if let Some(path) = &self.path {
            write!(f, " {}", escaped(&path.display().to_string()))?;
        }
        f.write_str(" could not be written: ")?;
        self.cause.fmt(f)
    }
}

impl error::Error for Unwritten {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}
