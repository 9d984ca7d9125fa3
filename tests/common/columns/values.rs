//! Types and changes of text, naively.

use super::Cell;
use tidemarc::columns::{Normalize, Type};
use unicode_normalization::UnicodeNormalization;

/// Returns the value of a text with this type.
pub fn typed(kind: Type, text: &str) -> Cell {
    let value = match kind {
        Type::String => Some(Cell::text(text)),
        Type::Int => text.trim().parse().ok().map(Cell::Int),
        Type::Year => {
            let year: String = text.chars().take(4).collect();
            let is_year = year.len() == 4 && year.chars().all(|c| c.is_ascii_digit());
            is_year.then(|| Cell::Int(year.parse().unwrap()))
        }
        Type::Date => date(text).map(Cell::Date),
        Type::Bool => match &*text.trim().to_ascii_lowercase() {
            "1" | "true" | "t" | "yes" | "y" => Some(Cell::Bool(true)),
            "0" | "false" | "f" | "no" | "n" => Some(Cell::Bool(false)),
            _ => None,
        },
        other => panic!("no rule for {other:?}"),
    };
    value.unwrap_or(Cell::Null)
}

fn date(text: &str) -> Option<i32> {
    let text = match text.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
            format!("{year}{month}{day}")
        }
        _ => text.to_owned(),
    };
    if !text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let text = match (text.len(), text.get(..2)) {
        (8, _) => text,
        (6, Some(short)) if short < "60" => format!("20{text}"),
        (6, _) => format!("19{text}"),
        _ => return None,
    };
    let (year, month, day): (i32, u32, i32) =
        (text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?);
    let is_leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |year, month| match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || day < 1 || day > length(year, month) {
        return None;
    }
    let days_of = |year| if is_leap(year) { 366 } else { 365 };
    let years: i32 = match year < 1970 {
        true => -(year..1970).map(days_of).sum::<i32>(),
        false => (1970..year).map(days_of).sum(),
    };
    Some(years + (1..month).map(|month| length(year, month)).sum::<i32>() + day - 1)
}

pub fn normalized(form: Normalize, text: &str) -> String {
    match form {
        Normalize::Nfc => text.nfc().collect(),
        Normalize::Nfd => text.nfd().collect(),
        other => panic!("no rule for {other:?}"),
    }
}

/// Removes the end punctuation of ISBD.
pub fn trimmed(text: &str) -> String {
    let mut characters: Vec<char> = text.trim_end().chars().collect();
    let count = characters.len();
    let before = |back: usize| count.checked_sub(back).map(|at| characters[at]);
    let is_end = match before(1) {
        Some('/' | ':' | ';' | ',') => true,
        Some('=' | '+') => before(2).is_none_or(char::is_whitespace),
        Some('.') => {
            before(2).is_some_and(|c| ")]\"”»".contains(c))
                || (2..5).all(|back| before(back).is_some_and(char::is_alphanumeric))
        }
        _ => false,
    };
    if is_end {
        characters.pop();
    }
    characters.into_iter().collect::<String>().trim_end().to_owned()
}
