//! The forms that the parts of a match key have.

use std::string::String;

/// Returns the text without punctuation, which becomes `filler`, and without a leading English
/// article.
pub(super) fn stripped(text: &str, filler: char) -> String {
    let text = text.replace("%22", " ").replace('%', " ");
    let mut rest = &*text;
    for article in [["a", "A"], ["an", "An"], ["the", "The"]] {
        let begin = rest.trim_start_matches(' ');
        let after = article.iter().find_map(|article| begin.strip_prefix(article));
        if let Some(after) = after.filter(|after| after.starts_with(' ')) {
            rest = after.trim_start_matches(' ');
        }
    }
    let mut stripped = String::with_capacity(text.len());
    for char in rest.chars() {
        match char {
            '\'' | '{' | '}' => {}
            '&' => stripped.push_str("and"),
            ' ' | '©' => push_filler(filler, &mut stripped),
            char if char.is_ascii_punctuation() => push_filler(filler, &mut stripped),
            char => stripped.push(char),
        }
    }
    stripped
}

/// Appends a filler, unless there is one at the end.
fn push_filler(filler: char, text: &mut String) {
    if !text.ends_with(filler) {
        text.push(filler);
    }
}

/// Appends so many characters of a text, with underscores after a shorter one.
pub(super) fn pad(text: &str, width: usize, key: &mut String) {
    let mut missing = width;
    for char in text.chars().take(width) {
        key.push(if char == ' ' { '_' } else { char });
        missing -= 1;
    }
    key.extend(std::iter::repeat_n('_', missing));
}

/// Returns the first run of so many characters of a kind, or of the largest smaller number.
pub(super) fn first_run(text: &str, most: usize, is_kind: fn(&u8) -> bool) -> Option<&str> {
    (1..=most).rev().find_map(|length| {
        let place = text.as_bytes().windows(length).position(|run| run.iter().all(is_kind))?;
        Some(&text[place..place + length])
    })
}

/// Returns the last four digits in a row. Digits are counted from the first of a row.
pub(super) fn last_year(text: &str) -> Option<&str> {
    years(text).last().map(|(_, year)| year)
}

/// Returns the last year after a `c`, or else the last year.
pub(super) fn copyright_year(text: &str) -> Option<&str> {
    let is_copyright = |start: &usize| matches!(text.as_bytes()[..*start], [.., b'c' | b'C']);
    let copyright = years(text).filter(|(start, _)| is_copyright(start)).last();
    copyright.map(|(_, year)| year).or_else(|| last_year(text))
}

/// Returns the groups of four digits, with their places.
fn years(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(start..)?;
        let found = rest.windows(4).position(|run| run.iter().all(u8::is_ascii_digit))?;
        let place = start + found;
        start = place + 4;
        Some((place, &text[place..start]))
    })
}
