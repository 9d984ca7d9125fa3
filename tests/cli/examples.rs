//! Every example of the help and of the page on the command.

use crate::run::Place;
use std::path::Path;

/// The exit status of an example: that of the command, also in a pipe.
fn status_of(example: &str) -> i32 {
    let differs = example.contains("diff books.mrc new.mrc");
    i32::from(differs || example.contains("books-damaged.mrc"))
}

/// Runs an example.
fn check(place: &Place, example: &str) {
    let ended = place.shell(example);
    assert_eq!(ended.status, status_of(example), "{example}\n{}\n{}", ended.text(), ended.stderr);
}

#[test]
fn every_example_of_the_help_runs() {
    let place = Place::new("examples-help");
    let top = place.run(&["--help"]).with_status(0);
    let commands = top.text().split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<_> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    let mut count = 0;
    for name in names {
        let help = place.run(&[name, "--help"]).with_status(0);
        let examples = help.text().split("Examples:\n").nth(1).expect(name);
        for example in examples.lines().take_while(|line| !line.is_empty()) {
            check(&place, example.trim());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
    for example in top.text().lines().filter(|line| line.starts_with("  tidemarc ")) {
        if !example.contains("COMMAND") {
            check(&place, example.trim());
        }
    }
}

#[test]
fn every_example_of_the_page_runs() {
    let place = Place::new("examples-page");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/command.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut count = 0;
    for block in page.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.replace("\\\n", " ").lines().filter(|line| !line.is_empty()) {
            check(&place, example);
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_command_for_users_of_other_programs_runs() {
    let place = Place::new("examples-others");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-marcedit.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with('|')) {
        // The last cell has the command, as one span of code.
        let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        if let Some(example) = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) {
            check(&place, &example.replace("\\|", "|"));
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}
