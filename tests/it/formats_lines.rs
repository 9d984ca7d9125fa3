//! The line breaks of MARCMaker text and of the line format.

use crate::common::formats::{Given, read, records};
use tidemarc::format::{Format, NoteKind};

const MARCMAKER: &str = "=LDR  00000nam a2200000   4500\n=001  one\n=245  10$aTitle /$cName.\n\n\
                         =LDR  00000nam a2200000   4500\n=001  two\n=500  \\\\$aNote\n\n";
const LINE: &str = "00000nam a2200000   4500\n001 one\n245 10 $a Title / $c Name.\n\n\
                    00000nam a2200000   4500\n001 two\n500    $a Note\n\n";

/// The line breaks of any program.
const BREAKS: [&str; 6] = ["\n", "\r\n", "\r", "\n\r", "\u{B}", "\r\r\n"];

#[test]
fn any_line_break_ends_a_line() {
    for (text, format) in [(MARCMAKER, Format::Marcmaker), (LINE, Format::Line)] {
        let expected = records(text.as_bytes(), format);
        assert_eq!(expected.len(), 2);
        assert_eq!(expected[0].fields().len(), 2);
        for end in BREAKS {
            let text = text.replace('\n', end);
            assert_eq!(records(text.as_bytes(), format), expected, "{format} {end:?}");
            assert_eq!(Format::detect(text.as_bytes()), Some(format), "{end:?}");
            // A file may end without a line break.
            let text = text.trim_end();
            assert_eq!(records(text.as_bytes(), format), expected, "{format} {end:?}");
        }
    }
}

#[test]
fn line_breaks_may_be_mixed_in_marcmaker() {
    let expected = records(MARCMAKER.as_bytes(), Format::Marcmaker);
    for first in BREAKS {
        for second in BREAKS {
            let mut breaks = [first, second].into_iter().cycle();
            let lines = MARCMAKER.lines().filter(|line| !line.is_empty());
            let text = lines.map(|line| format!("{line}{}", breaks.next().unwrap()));
            let text = text.collect::<String>();
            assert_eq!(
                records(text.as_bytes(), Format::Marcmaker),
                expected,
                "{first:?} and {second:?}"
            );
        }
    }
}

#[test]
fn a_stray_line_break_in_marcmaker_is_left_out_with_a_note_on_its_field() {
    for stray in ["\r", "\u{B}"] {
        let text = MARCMAKER.replace("Title", &format!("Ti{stray}tle"));
        let given = read(text.as_bytes(), Format::Marcmaker);
        let Given::Record { record, notes, .. } = &given[0] else { panic!("{given:?}") };
        assert_eq!(record, &records(MARCMAKER.as_bytes(), Format::Marcmaker)[0]);
        let [note] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!((note.kind(), note.field()), (NoteKind::ControlCharacter, Some(2)));
    }
    // A line that was wrapped has no note.
    for end in ["\n", "\r"] {
        let text = MARCMAKER.replace("Title", "Ti\ntle").replace('\n', end);
        let given = read(text.as_bytes(), Format::Marcmaker);
        let Given::Record { notes, .. } = &given[0] else { panic!("{given:?}") };
        assert!(notes.is_empty());
    }
}

#[test]
fn a_line_of_marcmaker_that_lost_its_first_character_is_an_error_and_not_a_part_of_another() {
    // The second record is whole in all cases.
    for line in
        ["245  10$aTitle", "245  \\\\$aTitle", "008  850101s1985", "LDR  00000nam", "001  x"]
    {
        let text = MARCMAKER.replacen("=245  ", &format!("{line}\n=245  "), 1);
        let given = read(text.as_bytes(), Format::Marcmaker);
        let [Given::Fault { reason, .. }, Given::Record { .. }] = &given[..] else {
            panic!("{given:?}")
        };
        assert!(reason.contains("is a field, but does not begin with `=`"), "{reason}");
    }
    // Wrapped text may begin with a number.
    let wrapped =
        ["245 pages", "245  pages", "1985  10 $", "008 pages", "24", "", "007  in London"];
    for wrapped in wrapped.into_iter().chain(["00.  It was", "LDR  means left", "001  "]) {
        let text = MARCMAKER.replacen("Title", &format!("Title\n{wrapped}"), 1);
        let given = read(text.as_bytes(), Format::Marcmaker);
        assert!(matches!(&given[..], [Given::Record { .. }, ..]), "{given:?}");
    }
}

#[test]
fn a_stray_line_break_in_the_line_format_is_data() {
    for stray in ["\r", "\r\r", "\u{B}", "\u{B}\u{B}"] {
        let text = LINE.replace("Title", &format!("Ti{stray}tle"));
        let found = records(text.as_bytes(), Format::Line);
        assert_eq!(found.len(), 2);
        let title = format!("10\x1FaTi{stray}tle /\x1FcName.");
        assert_eq!(found[0].fields()[1].as_bytes(), title.as_bytes());
    }
}
