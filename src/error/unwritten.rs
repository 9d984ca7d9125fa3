//! A failure of the output, in the place of one of the input.

use super::escaped;
use std::{boxed::Box, error, fmt, io, path::PathBuf, string::ToString};

/// Why a quarantine could not be written. It travels inside an `io::Error`, so that nobody takes it
/// for a failure of the source.
#[derive(Debug)]
pub(crate) struct Unwritten {
    /// The file, if it has a name.
    pub(crate) path: Option<PathBuf>,
    pub(crate) cause: io::Error,
}

impl Unwritten {
    /// The same as an error of the kind that the cause is of.
    pub(crate) fn wrapped(self) -> io::Error {
        io::Error::new(self.cause.kind(), self)
    }

    /// What is inside of such an error.
    pub(crate) fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The same by value.
    ///
    /// # Errors
    /// Gives the error back if it is another.
    pub(crate) fn out_of(error: io::Error) -> Result<Box<Self>, io::Error> {
        match Self::inside(&error) {
            Some(_) => error.downcast().map(Box::new),
            None => Err(error),
        }
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => {
                let path = path.display().to_string();
                write!(f, "the quarantine {} could not be written: ", escaped(&path))
            }
            None => f.write_str("the quarantine could not be written: "),
        }?;
        self.cause.fmt(f)
    }
}

impl error::Error for Unwritten {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}
