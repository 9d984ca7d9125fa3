//! A folder for one test.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// A folder for one test, which is removed at the end. Its name is that of no other test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("tidemarc-{name}-{}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Makes a folder in memory, if the system has such a place. A test that writes thousands of
    /// files, or waits for the disk as often, takes seconds there, and minutes elsewhere.
    pub fn in_memory(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        if !memory.is_dir() {
            return Self::new(name);
        }
        let path = memory.join(format!("tidemarc-{name}-{}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into it, and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns the names of everything in it.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
