//! Damage in the line format.

use super::*;

#[test]
fn a_lost_line_break_of_the_line_format_joins_no_records() {
    let line = |number| format!("{LEADER}\n001 {number}\n500    $a 12345 {LEADER}\n");
    for end in ["\n", "\r\n", "\r\r\n"] {
        let text = format!("{}{}\n{}", line(1), line(2), line(3)).replace('\n', end);
        let given = read(text.as_bytes(), Format::Line);
        let told: Vec<_> = told(&given).iter().map(|number| number.trim().to_owned()).collect();
        assert_eq!(told, ["1", "2", "3"], "{}", text.escape_debug());
    }
    // What stands on the blank line is the fault of one record.
    for junk in ["x", "\u{1F}", "00000", "12345 is no such leader!"] {
        let text = format!("{}{junk}\n{}", line(1), line(2));
        assert_eq!(told_of(&text, Format::Line), ["!", "2"], "{junk}");
    }
    // A leader without fields is a record, as it is behind a blank line.
    assert_eq!(
        told_of(&format!("{}{LEADER}\n{}", line(1), line(2)), Format::Line),
        ["1", "-", "2"]
    );
}
