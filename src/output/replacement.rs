//! A temporary file that replaces another when it is complete.

use super::Irreplaceable;
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, fsync, linkat, openat, renameat, unlinkat},
    io::Errno,
};
use std::{
    ffi::OsString,
    fs::{File, Metadata, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// Number of names that are tried for a temporary file. Each is one of 2^64.
const TRIES: usize = 100;
/// The mode bit of a folder in which only the owner of a file may replace it.
const STICKY: u32 = 0o1000;

/// The names of a temporary file and of the file that it will replace.
///
/// Both are in one folder, which is kept open: a program may change its working directory, or move
/// the folder, in the meantime.
pub(super) struct Replacement {
    folder: File,
    path: PathBuf,
    temporary: String,
    name: OsString,
    /// The process that created it: a fork copies the value, but not the file.
    process: u32,
    /// True if there is nothing left to remove.
    is_done: bool,
    /// True if there is an old file with contents.
    pub(super) has_old: bool,
}

impl Replacement {
    /// Creates the temporary file, with the mode and owner of the `old` file as far as permitted.
    ///
    /// # Errors
    /// Returns errors of the operating system, or an [`Irreplaceable`] if the old file could be
    /// written to but its folder does not permit replacing it.
    pub(super) fn create(
        path: &Path,
        name: OsString,
        old: Option<&Metadata>,
    ) -> io::Result<(File, Self)> {
        let irreplaceable = |error: Errno| match (error, old) {
            (Errno::ACCESS | Errno::PERM | Errno::ROFS, Some(_)) => {
                Irreplaceable::wrap(error.into())
            }
            _ => error.into(),
        };
        let folder = open_folder(path).map_err(irreplaceable)?;
        let (temporary, file) = make_file(&folder, old.is_some()).map_err(irreplaceable)?;
        let (path, process) = (path.to_owned(), std::process::id());
        let has_old = old.is_some_and(|old| old.len() > 0);
        let made = Self { folder, path, temporary, name, process, is_done: false, has_old };
        if let Some(old) = old {
            if made.is_guarded(&file.metadata()?, old)? {
                return Err(Irreplaceable::wrap(Errno::PERM.into()));
            }
            take_after(&file, old)?;
        }
        Ok((file, made))
    }

    /// Returns true if the old file belongs to another user and is in a folder like `/tmp`, where
    /// only its owner, the owner of the folder and root may replace it. The owner of the new file
    /// is this user.
    fn is_guarded(&self, new: &Metadata, old: &Metadata) -> io::Result<bool> {
        let folder = self.folder.metadata()?;
        let may = [0, old.uid(), folder.uid()].contains(&new.uid());
        Ok(folder.mode() & STICKY != 0 && !may)
    }

    /// Returns the path of the temporary file, as long as its folder is not moved.
    pub(super) fn temporary_path(&self) -> PathBuf {
        self.path.join(&self.temporary)
    }

    /// Moves the file, which is completely written, to the place of the old one.
    ///
    /// # Errors
    /// Returns errors of the operating system. If the file cannot be moved, it keeps its temporary
    /// name, which the error states: it is complete.
    pub(super) fn commit(mut self, file: &File) -> io::Result<()> {
        sync(file)?;
        self.put()
    }

    /// Moves the file to a place beside the old one, where there is no other file, and returns its path
    /// there: `NAME` and the suffix, or `NAME.2` and the suffix, and so on.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(super) fn commit_beside(mut self, suffix: &str, file: &File) -> io::Result<PathBuf> {
        sync(file)?;
        let own = self.name.clone();
        for number in 1..=TRIES {
            self.name.clone_from(&own);
            if number > 1 {
                self.name.push(format!(".{number}"));
            }
            self.name.push(suffix);
            // A link never replaces a file.
            let flags = AtFlags::empty();
            match linkat(&self.folder, &self.temporary, &self.folder, &self.name, flags) {
                Ok(()) => {
                    // As in `put`, the file has one of its names if this fails.
                    let _ = fsync(&self.folder);
                    return Ok(self.path.join(&self.name));
                }
                Err(Errno::EXIST) => {}
                // The file system has no links.
                Err(_) if self.path.join(&self.name).symlink_metadata().is_err() => {
                    self.put()?;
                    return Ok(self.path.join(&self.name));
                }
                Err(_) => {}
            }
        }
        Err(Errno::EXIST.into())
    }

    fn put(&mut self) -> io::Result<()> {
        if let Err(error) = renameat(&self.folder, &self.temporary, &self.folder, &self.name) {
            self.is_done = true;
            let (error, left) = (io::Error::from(error), self.temporary_path());
            return Err(io::Error::new(
                error.kind(),
                format!("{error}: the new file is complete, and stays at {}", left.display()),
            ));
        }
        self.is_done = true;
        // If this fails, nothing in the folder is lost: the file has one of its two contents.
        let _ = fsync(&self.folder);
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_done && self.process == std::process::id() {
            let _ = unlinkat(&self.folder, &self.temporary, AtFlags::empty());
        }
    }
}

fn open_folder(path: &Path) -> Result<File, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, path, OFlags::RDONLY | flags, Mode::empty());
    #[cfg(target_os = "linux")]
    if let Err(Errno::ACCESS) = folder {
        // A folder may be writable but not listable; then only its sync is impossible.
        return openat(CWD, path, OFlags::PATH | flags, Mode::empty()).map(File::from);
    }
    folder.map(File::from)
}

/// Creates a file with a name that is not in use. Other users cannot read it until it has its mode,
/// if it will belong to one of them.
fn make_file(folder: &File, is_private: bool) -> Result<(String, File), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if is_private { 0o600 } else { 0o666 });
    let mut result = Err(Errno::EXIST);
    for _ in 0..TRIES {
        let name = super::temporary_name();
        result = openat(folder, &name, flags, mode).map(|file| (name, File::from(file)));
        if !matches!(result, Err(Errno::EXIST | Errno::INTR)) {
            break;
        }
    }
    result
}

/// Gives a new file the owner, group and mode of the old one, as far as this user may.
fn take_after(file: &File, old: &Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid())
        && fchown(file, Some(old.uid()), Some(old.gid())).is_err()
    {
        // A user may give a file to another of the user's groups, but not to another user.
        let _ = fchown(file, None, Some(old.gid()));
    }
    let new = file.metadata()?;
    let is_kept = (new.uid(), new.gid()) == (old.uid(), old.gid());
    // Set-user-ID and set-group-ID refer to an owner that this file does not have.
    let mode = old.mode() & if is_kept { 0o7777 } else { 0o777 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Waits until the contents are on the disk, if the file system supports that.
fn sync(file: &File) -> io::Result<()> {
    loop {
        return match fsync(file) {
            Err(Errno::INTR) => continue,
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
            synced => synced.map_err(Into::into),
        };
    }
}
