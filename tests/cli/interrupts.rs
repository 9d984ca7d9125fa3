//! Signals that end the command.

use crate::run::{COMMAND, Place};
use std::{
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Starts a command that waits for the rest of its input, and waits until it writes `out.mrc`.
fn waiting(place: &Place, command: &[&str]) -> Child {
    let mut child = place
        .command(COMMAND)
        .args(command)
        .args(["-o", "out.mrc"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&place.read("books.mrc")).unwrap();
    let begun = Instant::now();
    while place.temporaries().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no output was begun");
        thread::sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

#[test]
fn an_interrupted_command_leaves_the_old_file_and_no_temporary_one() {
    let place = Place::new("interrupt");
    for (name, number, command) in [
        ("-INT", 2, &["cat", "-"][..]),
        ("-TERM", 15, &["cat", "-"]),
        ("-HUP", 1, &["cat", "-"]),
        ("-INT", 2, &["get", "-", "tm000001"]),
        ("-TERM", 15, &["diff", "books.mrc", "-"]),
    ] {
        fs::write(place.path("out.mrc"), b"old").unwrap();
        let mut child = waiting(&place, command);
        // The end of the input would end the command too.
        let input = child.stdin.take();
        signal(&child, name);
        let ended = child.wait_with_output().unwrap();
        drop(input);
        assert_eq!(ended.status.signal(), Some(number));
        let message = String::from_utf8(ended.stderr).unwrap();
        assert!(message.contains("interrupted; out.mrc is unchanged"), "{message}");
        assert_eq!(place.read("out.mrc"), b"old");
        assert_eq!(place.temporaries(), [""; 0]);
    }
}

#[test]
fn a_command_that_is_killed_leaves_the_old_file() {
    let place = Place::new("kill");
    fs::write(place.path("out.mrc"), b"old").unwrap();
    let mut child = waiting(&place, &["cat", "-"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.read("out.mrc"), b"old");
}

#[test]
fn a_signal_that_was_ignored_at_the_start_is_ignored() {
    let place = Place::new("nohup");
    let line = "trap '' HUP; (sleep 0.2; cat books.mrc) | tidemarc cat -o out.mrc & \
                child=$!; sleep 0.1; kill -HUP $child; wait $child";
    place.shell(line).with_status(0);
    assert_eq!(place.run(&["count", "--bare", "out.mrc"]).text(), "60\n");
}
