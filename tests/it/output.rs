//! Writing to a path: the old file remains until the output is complete.
#![cfg(unix)]

use crate::common::folder::Folder;
use std::{
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::Command,
    thread,
};
use tidemarc::OutputFile;

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut output = OutputFile::create(path)?;
    output.write_all(bytes)?;
    output.commit()
}

#[test]
fn a_file_has_its_old_contents_until_the_commit_and_then_all_of_the_new() {
    let folder = Folder::new("commit");
    let path = folder.path("x");
    fs::write(&path, b"old").unwrap();
    let mut reading = File::open(&path).unwrap();
    let mut output = OutputFile::create(&path).unwrap();
    assert!(output.is_replacement());
    output.write_all(&[b'n'; 100_000]).unwrap();
    output.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    output.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), [b'n'; 100_000]);
    // A program that has the old file open can still read it.
    let mut old = Vec::new();
    reading.read_to_end(&mut old).unwrap();
    assert_eq!(old, b"old");
    assert_eq!(folder.names(), ["x"]);
}

#[test]
fn a_drop_without_a_commit_leaves_no_trace() {
    let folder = Folder::new("drop");
    fs::write(folder.path("old"), b"old").unwrap();
    for name in ["old", "new"] {
        let mut output = OutputFile::create(folder.path(name)).unwrap();
        output.write_all(&[b'n'; 100_000]).unwrap();
        drop(output);
    }
    assert_eq!(folder.names(), ["old"]);
    assert_eq!(fs::read(folder.path("old")).unwrap(), b"old");
}

#[test]
fn the_new_file_has_the_mode_of_the_old_one_and_else_that_of_any_new_file() {
    let folder = Folder::new("mode");
    for mode in [0o600, 0o640, 0o755] {
        let path = folder.path("old");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, mode);
        fs::remove_file(&path).unwrap();
    }
    write(&folder.path("new"), b"new").unwrap();
    File::create(folder.path("usual")).unwrap();
    let mode = |name| folder.path(name).metadata().unwrap().mode();
    assert_eq!(mode("new"), mode("usual"));
}

#[test]
fn links_are_followed_and_stay() {
    let folder = Folder::new("links");
    let target = folder.path("target");
    fs::create_dir(folder.path("below")).unwrap();
    fs::write(&target, b"old").unwrap();
    symlink("../target", folder.path("below/near")).unwrap();
    symlink(folder.path("below/near"), folder.path("far")).unwrap();
    write(&folder.path("far"), b"new").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(target.symlink_metadata().unwrap().is_file());
    // A link that leads nowhere yet leads to the new file.
    symlink("made", folder.path("ahead")).unwrap();
    write(&folder.path("ahead"), b"made").unwrap();
    assert!(folder.path("made").symlink_metadata().unwrap().is_file());
    assert_eq!(folder.names(), ["ahead", "below", "far", "made", "target"]);
    // A circle of links leads nowhere.
    symlink("circle", folder.path("circle")).unwrap();
    assert!(OutputFile::create(folder.path("circle")).is_err());
    // Another hard link keeps the old content.
    fs::hard_link(&target, folder.path("hard")).unwrap();
    write(&target, b"newer").unwrap();
    assert_eq!(fs::read(folder.path("hard")).unwrap(), b"new");
}

#[test]
fn what_cannot_be_a_file_is_refused_as_by_the_operating_system() {
    let folder = Folder::new("refused");
    fs::write(folder.path("file"), b"old").unwrap();
    for name in ["new/", "new/.", "none/x", "file/x", ".", "..", ""] {
        let path = folder.path(name);
        let usual = File::create(&path).expect_err(name);
        let error = OutputFile::create(&path).expect_err(name);
        assert_eq!(error.raw_os_error(), usual.raw_os_error(), "{name}: {error}, {usual}");
    }
    // The message for this path depends on whether the file could have been made.
    OutputFile::create(folder.path("file/")).unwrap_err();
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn a_target_that_is_gone_at_the_commit_is_made_again() {
    let folder = Folder::new("gone");
    let path = folder.path("x");
    fs::write(&path, b"old").unwrap();
    let mut output = OutputFile::create(&path).unwrap();
    output.write_all(b"new").unwrap();
    fs::remove_file(&path).unwrap();
    output.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    // If something else has taken its name, the new file remains, and the error names it.
    let output = OutputFile::create(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = output.commit().unwrap_err().to_string();
    let left = folder.names().into_iter().find(|name| name != "x").unwrap();
    assert!(error.ends_with(&format!("stays at {}", folder.path(&left).display())), "{error}");
}

#[test]
fn a_folder_may_be_moved_meanwhile() {
    let folder = Folder::new("moved");
    fs::create_dir(folder.path("one")).unwrap();
    let mut output = OutputFile::create(folder.path("one/x")).unwrap();
    output.write_all(b"new").unwrap();
    fs::rename(folder.path("one"), folder.path("two")).unwrap();
    output.commit().unwrap();
    assert_eq!(fs::read(folder.path("two/x")).unwrap(), b"new");
}

#[test]
fn fifos_and_devices_are_written_directly() {
    let folder = Folder::new("fifo");
    let path = folder.path("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reading = {
        let path = path.clone();
        thread::spawn(move || fs::read(path).unwrap())
    };
    let mut output = OutputFile::create(&path).unwrap();
    assert!(!output.is_replacement());
    output.write_all(&[b'n'; 300_000]).unwrap();
    output.commit().unwrap();
    assert_eq!(reading.join().unwrap().len(), 300_000);
    assert_eq!(folder.names(), ["fifo"]);
    write(Path::new("/dev/null"), b"new").unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_behind_a_descriptor_is_written_in_place_after_what_is_there() {
    use std::os::fd::AsRawFd;
    let folder = Folder::new("descriptor");
    let mut file = File::create(folder.path("x")).unwrap();
    file.write_all(b"one ").unwrap();
    for way in ["/proc/self/fd", "/dev/fd"] {
        write(&Path::new(way).join(file.as_raw_fd().to_string()), b"two ").unwrap();
    }
    assert_eq!(fs::read(folder.path("x")).unwrap(), b"one two two ");
    assert_eq!(folder.names(), ["x"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let mut output = OutputFile::create("/dev/full").unwrap();
    output.write_all(b"new").unwrap();
    assert!(output.commit().is_err());
}
