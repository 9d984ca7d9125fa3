//! Output on a terminal, which the program `script` makes.

use crate::run::{Ended, Place};

/// Runs a line of the shell on a terminal; `None` if there is no program `script` of util-linux.
fn on_terminal(place: &Place, line: &str) -> Option<Ended> {
    let has_script = place.shell("script --version").text().contains("util-linux");
    has_script.then(|| place.shell(&format!("script -qec {line:?} /dev/null")))
}

#[test]
fn a_pager_shows_records_and_may_be_closed_early() {
    let place = Place::new("pager");
    let Some(ended) = on_terminal(&place, "PAGER='head -n 1' tidemarc view books.mrc") else {
        return;
    };
    assert_eq!(ended.status, 0);
    assert_eq!(ended.text().trim(), "\x1b[2mbooks.mrc: record 1, byte 0 (001 tm000001)\x1b[0m");
    // Without the pager that is named, records are shown all the same.
    let ended = on_terminal(&place, "PAGER=no-such-pager tidemarc view -n 2 books.mrc").unwrap();
    assert!(ended.with_status(0).text().contains("tm000002"));
}

#[test]
fn messages_wait_for_the_end_of_the_pager_and_need_none() {
    let place = Place::new("pager-messages");
    place.folder.file("slow.sh", "sleep 0.3; cat; echo END OF PAGER");
    let line = "PAGER='sh slow.sh' tidemarc view --id tm000001 --id nobody books-damaged.mrc";
    let Some(ended) = on_terminal(&place, line) else { return };
    let text = ended.with_status(1).text().replace('\r', "");
    let (_, messages) = text.split_once("END OF PAGER\n").expect("the pager ends");
    assert_eq!(messages.lines().count(), 2, "{text}");
    assert!(messages.contains("4 bad spans") && messages.contains("nobody"), "{text}");
    // Also the failure that ends the command.
    place.folder.file("cut.sh", "gzip -c books.mrc | head -c 9000 > cut.mrc.gz");
    place.shell("sh cut.sh").with_status(0);
    let line = "PAGER='sh slow.sh' tidemarc view --errors strict cut.mrc.gz";
    let ended = on_terminal(&place, line).unwrap().with_status(1);
    let (_, messages) = ended.text().split_once("END OF PAGER").expect("the pager ends");
    assert!(messages.contains("the input ends inside the record"), "{}", ended.text());
    // Without a record to show, no pager is started.
    let line = "PAGER='touch started' tidemarc view --id nobody books.mrc";
    on_terminal(&place, line).unwrap().with_status(1);
    assert!(!place.exists("started"));
}

#[test]
fn colours_are_for_terminals_and_no_color_turns_them_off() {
    let place = Place::new("colours");
    let Some(ended) = on_terminal(&place, "tidemarc cat no-such.mrc") else { return };
    assert!(ended.with_status(3).text().contains("\x1b[1;31merror:\x1b[0m"));
    let plain = on_terminal(&place, "NO_COLOR=1 tidemarc cat no-such.mrc").unwrap();
    assert_eq!(plain.text(), "tidemarc: error: no-such.mrc: No such file or directory\r\n");
}

#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let place = Place::new("progress");
    place.folder.file("slow.sh", "(cat books.mrc; sleep 0.5; cat ascii.mrc) | tidemarc cat $*");
    let Some(ended) = on_terminal(&place, "sh slow.sh -o out.mrc") else { return };
    assert!(ended.text().contains("KiB"), "{:?}", ended.text());
    let quiet = on_terminal(&place, "sh slow.sh -q -o out.mrc").unwrap();
    assert_eq!(quiet.text(), "");
    let elsewhere = place.shell("sh slow.sh -o out.mrc").with_status(0);
    assert_eq!(elsewhere.stderr, "");
}

#[test]
fn records_in_iso_2709_are_not_for_a_terminal() {
    let place = Place::new("terminal-records");
    for command in ["cat", "filter 245", "convert --to marc", "sort --by 001"] {
        let Some(ended) = on_terminal(&place, &format!("tidemarc {command} books.mrc")) else {
            return;
        };
        let ended = ended.with_status(2);
        assert!(ended.text().contains("write them to a file with -o"), "{}", ended.text());
        assert!(!ended.text().contains('\u{1e}'));
    }
    let line = "tidemarc cat --limit 1 --to line books.mrc";
    let ended = on_terminal(&place, line).unwrap().with_status(0);
    assert!(ended.text().contains("tm000001"));
}
