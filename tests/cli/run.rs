//! Runs of the command.

use crate::folder::Folder;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The binary.
pub const COMMAND: &str = env!("CARGO_BIN_EXE_tidemarc");

/// The files that every folder has.
const FIXTURES: [&str; 3] = ["books.mrc", "books-damaged.mrc", "ascii.mrc"];

/// A folder with the fixtures, in which the command runs.
pub struct Place {
    pub folder: Folder,
}

/// The end of a run.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.stdout).expect("output is UTF-8")
    }

    /// Checks the exit status.
    #[track_caller]
    pub fn with_status(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n{}",
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }

    /// Checks that standard error has this text.
    #[track_caller]
    pub fn saying(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in: {}", self.stderr);
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("no signal"),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }
}

impl Place {
    pub fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("cli-{name}"));
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for fixture in FIXTURES {
            fs::copy(fixtures.join(fixture), folder.path(fixture)).unwrap();
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Returns a command that runs in the folder, without input.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(""))
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .stdin(Stdio::null());
        command
    }

    /// Runs the command.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(COMMAND).args(arguments).output().unwrap().into()
    }

    /// Runs a line of the shell, in which `tidemarc` is the command.
    #[track_caller]
    pub fn shell(&self, line: &str) -> Ended {
        let folder = Path::new(COMMAND).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", folder.display());
        self.command("bash")
            .args(["-o", "pipefail", "-c", line])
            .env("PATH", path)
            .output()
            .unwrap()
            .into()
    }

    /// Returns the temporary files that are left.
    pub fn temporaries(&self) -> Vec<String> {
        let mut names = self.folder.names();
        names.retain(|name| name.contains(".tmp"));
        names
    }
}
