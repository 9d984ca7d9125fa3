//! Real files that are malformed or odd: the command and the library report the same faults.

use crate::run::Place;
use std::{env, fs, path::Path};
use tidemarc::{Error, Reader, ReportFormat, Severity, Summary};

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
            agrees_on_each_fault(&place, &path);
            files += 1;
        }
    }
    assert!(files > 50, "{files}");
}

/// Compares the first faults that a command reports, and their number, with those of a reader.
fn agrees_on_each_fault(place: &Place, path: &Path) {
    let name = path.to_str().unwrap();
    for (is_repaired, errors) in [(false, "skip"), (true, "repair")] {
        let reader = Reader::builder().repair(is_repaired).from_path(path).unwrap();
        let (mut faults, mut found) = (0, Vec::new());
        for item in reader {
            match item {
                Err(error) => {
                    faults += 1;
                    found.push(error.to_json());
                }
                Ok(record) if record.is_repaired() => {
                    let repairs = record.faults();
                    let repairs = repairs.iter().filter(|it| it.severity() >= Severity::Repaired);
                    found.extend(repairs.map(Error::to_json));
                }
                Ok(_) => {}
            }
        }
        let ended = place.run(&["count", "--json", "--errors", errors, name]);
        let row: serde_json::Value = serde_json::from_str(ended.text()).unwrap();
        assert_eq!(row["faults"], faults, "{name}");
        let lines: Vec<_> =
            ended.stderr.lines().filter(|line| line.contains("\"code\":")).collect();
        assert_eq!(lines, found[..found.len().min(20)], "{name}, {errors}");
        assert_eq!(ended.status, i32::from(!found.is_empty()), "{name}: {}", ended.stderr);
        if let (false, Some(first)) = (is_repaired, found.first()) {
            let ended = place.run(&["cat", "--json", "--errors", "strict", name]).with_status(1);
            assert_eq!(ended.stderr.lines().last(), Some(&**first), "{name}");
        }
    }
}
