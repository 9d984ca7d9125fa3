//! The name of an input.

use std::{boxed::Box, fmt, ops::Deref, path::Path, string::ToString, sync::Arc};

/// The name of an input, as text for messages. Cheap to clone.
#[derive(Clone)]
pub(crate) struct InputName(Arc<Inner>);

struct Inner {
    text: Box<str>,
    /// The path, if the text does not give it back: it is not UTF-8.
    #[cfg_attr(not(any(test, feature = "python")), expect(dead_code, reason = "for Python only"))]
    path: Option<Box<Path>>,
}

impl InputName {
    /// The path that the name stands for, if it is not UTF-8.
    #[cfg(any(test, feature = "python"))]
    pub(crate) fn path_beyond_text(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }
}

impl From<&str> for InputName {
    fn from(text: &str) -> Self {
        Self(Arc::new(Inner { text: text.into(), path: None }))
    }
}

impl From<&Path> for InputName {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => text.into(),
            None => Self(Arc::new(Inner {
                text: path.display().to_string().into(),
                path: Some(path.into()),
            })),
        }
    }
}

impl Deref for InputName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl fmt::Debug for InputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    #[test]
    fn a_path_that_is_not_utf8_is_kept_beside_its_text() {
        let path = Path::new(OsStr::from_bytes(b"caf\xE9.mrc"));
        let name = InputName::from(path);
        assert_eq!((&*name, name.path_beyond_text()), ("caf\u{FFFD}.mrc", Some(path)));
        let name = InputName::from(Path::new("café.mrc"));
        assert_eq!((&*name, name.path_beyond_text()), ("café.mrc", None));
    }
}
