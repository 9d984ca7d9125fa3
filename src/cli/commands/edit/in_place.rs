//! Files that are replaced by their edited records.
//!
//! No record is lost. The old file stays until the new one is complete, and it stays for good if
//! something of it is not in the new one: unless the user keeps it as a backup, or the damaged
//! records in a quarantine.

use super::editor::{Editor, Ended};
use crate::{
    cli::{
        failure::{Failure, described},
        inputs::{Input, Inputs},
        output::{Output, about},
        record_writer::RecordWriter,
        same_file::Files,
        session::Session,
        shown::counted,
    },
    compress::{SEEN, compression_of},
    format::{Beside, Compression, WriteOptions},
    output::in_place::would_replace,
    source::FileVersion,
};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

/// Suffix of a backup, unless another is named.
pub(super) const BACKUP: &str = ".bak";

/// The files that are edited in place, all of which can be replaced as far as is known.
pub(super) struct InPlace {
    files: Vec<Original>,
}

/// A file before it is replaced.
struct Original {
    input: Input,
    path: PathBuf,
    compression: Option<Compression>,
    /// Path under which the old file is kept.
    backup: Option<PathBuf>,
}

/// An edited file that is complete, and not in its place yet.
struct Complete {
    original: Original,
    output: Output,
    version: Option<FileVersion>,
    headline: String,
}

impl InPlace {
    /// Checks the inputs before anything is written.
    ///
    /// # Errors
    /// Fails if an input is not a file that can be replaced, or is the backup of another, if two are
    /// the same file, or if a backup exists or is another output.
    pub(super) fn check(
        inputs: &Inputs,
        files: &mut Files,
        suffix: Option<&str>,
    ) -> Result<Self, Failure> {
        files.check_inputs_differ()?;
        let originals = inputs.list().into_iter().map(|input| Original::new(input, suffix));
        let originals = originals.collect::<Result<Vec<_>, _>>()?;
        check_backups(&originals)?;
        // The quarantine would take the place of a backup with its name.
        let mut backups = originals.iter().filter_map(|original| original.backup.as_deref());
        backups.try_for_each(|backup| files.reserve_path(backup))?;
        Ok(Self { files: originals })
    }

    /// Edits the files one after the other, and replaces each when it is complete.
    ///
    /// # Errors
    /// Returns the failure that ends the command. The files after that one are unchanged.
    pub(super) fn run(
        self,
        editor: &mut Editor,
        inputs: &Inputs,
        files: &Files,
        session: &mut Session,
    ) -> Result<(), Failure> {
        // The damaged records of these files are in the quarantine, which comes first.
        let mut held = Vec::new();
        for original in self.files {
            let version = version_of(&original.path)?;
            let output = match editor.is_dry() {
                true => Output::nowhere(files)?,
                false => Output::replacing(&original.path, original.compression, files)
                    .map_err(|failure| with_advice(failure, &original.path))?,
            };
            if !editor.is_dry() && output.temporary_path().is_none() {
                return Err(not_a_file(&original.path));
            }
            let mut writer = RecordWriter::new(output, None, WriteOptions::new());
            let before = editor.summary().clone();
            // The old file with its backup keeps everything.
            let mut beside = original.backup.is_none().then(Beside::default);
            let input = &original.input;
            let Some(ended) = editor.edit(inputs, input, &mut writer, beside.as_mut(), session)?
            else {
                continue;
            };
            let name = original.input.name();
            let summary = editor.summary().since(&before);
            if summary.changed == 0 {
                session.console.say(&format!("{name}: nothing to change, the file is not touched"));
                continue;
            }
            let has_quarantine = session.quarantine.is_some();
            let beside = beside.and_then(|beside| beside.in_words());
            let has_backup = original.backup.is_some();
            if let Some(reason) = reason_to_keep(&ended, beside, has_backup, has_quarantine) {
                session.find();
                session.console.error(&format!("{name} is unchanged: {reason}"));
                editor.set_summary(before);
                continue;
            }
            let headline = format!("{name}: {}", summary.headline(editor.is_dry()));
            if editor.is_dry() {
                session.console.say(&headline);
                continue;
            }
            let Some(output) = writer.finish(session)? else { continue };
            let complete = Complete { original, output, version, headline };
            match ended.stats.faults > 0 && has_quarantine {
                true => held.push(complete),
                false => complete.put(session)?,
            }
        }
        if !held.is_empty() {
            session.end_quarantine(&Ok(()))?;
        }
        held.into_iter().try_for_each(|complete| complete.put(session))
    }
}

/// Returns the reason why a file is not replaced.
fn reason_to_keep(
    Ended { stats, lossy }: &Ended,
    beside: Option<String>,
    has_backup: bool,
    has_quarantine: bool,
) -> Option<String> {
    if !stats.complete || stats.failed {
        return Some("it could not be read to its end".into());
    }
    let is_whole = stats.incomplete == 0 && *lossy == 0 && beside.is_none();
    if has_backup || (has_quarantine && is_whole) {
        return None;
    }
    let mut losses: Vec<_> = stats.losses().into_iter().collect();
    if *lossy > 0 {
        losses.push(format!("{} not written whole", counted(*lossy, "record")));
    }
    losses.extend(beside.map(|beside| format!("{beside} would be lost")));
    let advice = match is_whole {
        true => "keep them with --quarantine FILE, or the old file with --backup",
        false => "keep the old file with --backup",
    };
    (!losses.is_empty()).then(|| format!("{}: {advice}", losses.join(", ")))
}

impl Original {
    fn new(input: Input, suffix: Option<&str>) -> Result<Self, Failure> {
        let Input::Path(path) = &input else {
            return Err(Failure::Usage(
                "standard input cannot be edited in place: name a file, or leave out --in-place"
                    .into(),
            ));
        };
        let failure = |error: io::Error| Failure::Io(about(path, &error));
        if !path.metadata().map_err(failure)?.is_file() || !would_replace(path) {
            return Err(not_a_file(path));
        }
        // The backup of a file that a link leads to stands beside the file.
        let path = match path.is_symlink() {
            true => path.canonicalize().map_err(failure)?,
            false => path.clone(),
        };
        let backup = suffix.map(|suffix| backup_path(&path, suffix)).transpose()?;
        let mut head = Vec::new();
        let file = File::open(&path).map_err(failure)?;
        file.take(SEEN as u64).read_to_end(&mut head).map_err(failure)?;
        let compression = compression_of(&head).map_err(|kind| {
            Failure::Usage(format!(
                "{}: {kind} is read, but not written: use -o to write another file",
                path.display()
            ))
        })?;
        Ok(Self { path, compression, backup, input })
    }
}

/// Checks that no file is the backup of another, which a folder contains too.
///
/// # Errors
/// Fails if there is one.
fn check_backups(originals: &[Original]) -> Result<(), Failure> {
    let paths: BTreeSet<_> = originals.iter().map(|original| original.path.as_os_str()).collect();
    let is_backup = |path: &&Path| {
        let name = path.as_os_str().as_bytes().strip_suffix(BACKUP.as_bytes());
        name.is_some_and(|name| paths.contains(OsStr::from_bytes(name)))
    };
    match originals.iter().map(|original| &*original.path).find(is_backup) {
        Some(path) => Err(Failure::Usage(format!(
            "{} is the backup of a file that is edited too: move it, or name the files to edit",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// Returns the path of the backup.
fn backup_path(path: &Path, suffix: &str) -> Result<PathBuf, Failure> {
    if suffix.is_empty() || suffix.contains('/') {
        return Err(Failure::Usage("the suffix of --backup is the end of a file name".into()));
    }
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    let backup = PathBuf::from(name);
    match backup.symlink_metadata() {
        Ok(_) => Err(Failure::Usage(format!(
            "{} exists: remove it, or name another suffix with --backup=SUFFIX",
            backup.display()
        ))),
        Err(_) => Ok(backup),
    }
}

fn not_a_file(path: &Path) -> Failure {
    Failure::Usage(format!("{}: only files can be edited in place", path.display()))
}

/// Returns the failure of a file whose folder does not permit replacing it, for users of the
/// command.
fn with_advice(failure: Failure, path: &Path) -> Failure {
    match failure {
        Failure::Io(reason) if reason.contains(crate::output::OPEN_IT_YOURSELF) => {
            Failure::Io(format!(
                "{}: a new file cannot be made in its folder, so it cannot be replaced: use -o to \
                 write another file",
                path.display()
            ))
        }
        other => other,
    }
}

impl Complete {
    /// Keeps the old file as a backup, and puts the new one in its place.
    fn put(self, session: &Session) -> Result<(), Failure> {
        let Self { original: Original { path, backup, .. }, output, version, headline } = self;
        let links = path.metadata().map_or(1, |about| about.nlink());
        if version_of(&path)? != version {
            return Err(Failure::Io(format!(
                "{} is not replaced: another program has changed it in the meantime",
                path.display()
            )));
        }
        if let Some(backup) = &backup {
            back_up(&path, backup).map_err(|error| {
                let error = described(&error);
                Failure::Io(format!("{}: {error}; the file is unchanged", backup.display()))
            })?;
        }
        if let Err(failure) = output.commit() {
            if let Some(backup) = &backup {
                // The file still has its own name.
                let _ = fs::remove_file(backup);
            }
            return Err(failure);
        }
        session.console.say(&headline);
        if let Some(backup) = &backup {
            session.console.say(&format!("  the old file is {}", backup.display()));
        } else if links > 1 {
            session.console.say("  another name of the file (a hard link) keeps the old records");
        }
        Ok(())
    }
}

/// Gives a file a second name, or copies it if the file system has no second names. Never writes
/// over another file.
fn back_up(path: &Path, backup: &Path) -> io::Result<()> {
    match fs::hard_link(path, backup) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => copy(path, backup),
        linked => linked,
    }
}

fn copy(path: &Path, backup: &Path) -> io::Result<()> {
    let mut from = File::open(path)?;
    let mut to = OpenOptions::new().write(true).create_new(true).open(backup)?;
    let copied = io::copy(&mut from, &mut to)
        .and_then(|_| to.set_permissions(from.metadata()?.permissions()))
        .and_then(|()| to.sync_all());
    if copied.is_err() {
        let _ = fs::remove_file(backup);
    }
    copied
}

/// Returns the version of the file at a path, by which a change of another program is noticed.
fn version_of(path: &Path) -> Result<Option<FileVersion>, Failure> {
    let version = File::open(path).and_then(|file| FileVersion::now(&file, path));
    version.map_err(|error| Failure::Io(about(path, &error)))
}
