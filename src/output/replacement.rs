//! A temporary file that takes the place of another when it is complete.

use super::Irreplaceable;
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, fsync, openat, renameat, unlinkat},
    io::Errno,
};
use std::{
    ffi::OsString,
    fs::{File, Metadata, Permissions},
    hash::{BuildHasher, Hasher, RandomState},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// How many names are tried for a temporary file. Each is one of 2^64.
const TRIES: usize = 100;
/// The mode bit of a folder in which only the owner of a file may replace it.
const STICKY: u32 = 0o1000;

/// The names of a temporary file and of the file that it is to replace.
///
/// Both are in one folder, which is held open: a program may change its working directory, or move
/// the folder, in the meantime.
pub(super) struct Replacement {
    folder: File,
    path: PathBuf,
    temporary: String,
    name: OsString,
    /// The process that made it: a fork has a copy of the value, and not of the file.
    process: u32,
    /// Whether nothing is left to be removed.
    is_done: bool,
}

impl Replacement {
    /// Makes the temporary file, with the mode and owner of the `old` file as far as permitted.
    ///
    /// # Errors
    /// Those of the operating system; an [`Irreplaceable`] where the old file could be written to,
    /// and its folder does not permit to replace it.
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
        let made = Self { folder, path, temporary, name, process, is_done: false };
        if let Some(old) = old {
            if made.is_guarded(&file.metadata()?, old)? {
                return Err(Irreplaceable::wrap(Errno::PERM.into()));
            }
            take_after(&file, old)?;
        }
        Ok((file, made))
    }

    /// Whether the old file is another user's in a folder like `/tmp`, where only its owner, the
    /// owner of the folder and root may replace it. The new file tells who we are.
    fn is_guarded(&self, new: &Metadata, old: &Metadata) -> io::Result<bool> {
        let folder = self.folder.metadata()?;
        let may = [0, old.uid(), folder.uid()].contains(&new.uid());
        Ok(folder.mode() & STICKY != 0 && !may)
    }

    /// Puts the file, which is written out, in the place of the old one.
    ///
    /// # Errors
    /// Those of the operating system. If the file cannot be moved it stays under its temporary
    /// name, which the error states: it is complete.
    pub(super) fn commit(mut self, file: &File) -> io::Result<()> {
        sync(file)?;
        if let Err(error) = renameat(&self.folder, &self.temporary, &self.folder, &self.name) {
            self.is_done = true;
            let (error, left) = (io::Error::from(error), self.path.join(&self.temporary));
            return Err(io::Error::new(
                error.kind(),
                format!("{error}: the new file is complete, and stays at {}", left.display()),
            ));
        }
        self.is_done = true;
        // Of the folder itself nothing is lost if this fails: the file has one of its two contents.
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
        // A folder may be written to that cannot be listed; only its sync is not to be had then.
        return openat(CWD, path, OFlags::PATH | flags, Mode::empty()).map(File::from);
    }
    folder.map(File::from)
}

/// Makes a file under a name that nobody has. Nobody else may read it until it has its mode, if
/// that is to be another's.
fn make_file(folder: &File, is_private: bool) -> Result<(String, File), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if is_private { 0o600 } else { 0o666 });
    let mut result = Err(Errno::EXIST);
    for _ in 0..TRIES {
        let number = RandomState::new().build_hasher().finish();
        let name = format!(".tidemarc-{number:016x}.tmp");
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
        // Users may give a file to another group of theirs, and not to another user.
        let _ = fchown(file, None, Some(old.gid()));
    }
    let new = file.metadata()?;
    let is_kept = (new.uid(), new.gid()) == (old.uid(), old.gid());
    // Set-user-ID and set-group-ID speak of an owner that this file does not have.
    let mode = old.mode() & if is_kept { 0o7777 } else { 0o777 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Waits until the contents are on the disk, where the file system knows how.
fn sync(file: &File) -> io::Result<()> {
    loop {
        return match fsync(file) {
            Err(Errno::INTR) => continue,
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
            synced => synced.map_err(Into::into),
        };
    }
}
