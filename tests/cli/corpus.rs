//! Real files that are malformed or odd: the command and the library report the same faults.

use crate::run::Place;
use std::{env, fs, path::Path};
use tidemarc::{Reader, ReportFormat, Summary};

#[test]
fn the_command_reports_the_faults_that_the_library_reports() {
    let Some(corpus) = env::var_os("TIDEMARC_CORPUS") else { return };
    let place = Place::new("corpus");
    let mut folders = vec![Path::new(&corpus).join("odd")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut expected = Vec::new();
            let reader = Reader::builder().repair(true).from_path(&path).unwrap();
            let summary = Summary::reporting(reader, ReportFormat::JsonLines, &mut expected);
            let name = path.to_str().unwrap();
            let ended = place.run(&["check", "--json", name]);
            assert!(ended.stdout == expected, "{name}: {}", ended.text());
            let status = match summary {
                Ok(summary) if summary.is_sound() => 0,
                Ok(_) => 1,
                Err(_) => 3,
            };
            assert_eq!(ended.status, status, "{name}: {}", ended.stderr);
            files += 1;
        }
    }
    assert!(files > 50, "{files}");
}
