//! The name of an input.

use std::{boxed::Box, fmt, ops::Deref, path::Path, string::ToString, sync::Arc};

/// The name of an input, as text for messages. Cheap to clone.
#[derive(Clone)]
pub(crate) struct InputName(Arc<Inner>);

struct Inner {
    text: Box<str>,
    /// The path, if the text is not the same: it is not UTF-8.
    path: Option<Box<Path>>,
}

impl InputName {
    /// Returns the name as a path, which may not be UTF-8.
    pub(crate) fn as_path(&self) -> &Path {
        self.0.path.as_deref().unwrap_or_else(|| Path::new(&*self.0.text))
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
        assert_eq!((&*name, name.as_path()), ("caf\u{FFFD}.mrc", path));
        let name = InputName::from(Path::new("café.mrc"));
        assert_eq!((&*name, name.as_path()), ("café.mrc", Path::new("café.mrc")));
    }
}
