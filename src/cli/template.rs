//! Names of files, made from a template.

use crate::error::escaped;
use std::fmt::Write as _;

/// Number of characters of a value in a name. Names have 255 bytes at most.
const LONGEST: usize = 60;

/// A template such as `part-{number:4}.mrc`.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    /// The number of the file, with at least so many digits.
    Number(usize),
    Value,
}

impl Template {
    /// Parses a template. One for values needs `{value}`, any other `{number}`.
    ///
    /// # Errors
    /// Returns the mistake in words.
    pub(super) fn parse(text: &str, is_of_values: bool) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let text = escaped(text);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("{text}: a brace is not closed"));
            };
            pieces.push(Piece::Text(before.into()));
            pieces.push(match name.split_once(':').unwrap_or((name, "1")) {
                ("number", width) => {
                    Piece::Number(
                        width.parse().ok().filter(|width| (1..=20).contains(width)).ok_or_else(
                            || format!("{text}: {{number:4}} has a width from 1 to 20"),
                        )?,
                    )
                }
                ("value", "1") if is_of_values => Piece::Value,
                ("value", "1") => return Err(format!("{text}: {{value}} needs --by")),
                _ => {
                    return Err(format!(
                        "{text}: names have {{number}}, {{number:4}} or {{value}}"
                    ));
                }
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest.into()));
        let has = |is: fn(&Piece) -> bool| pieces.iter().any(is);
        match is_of_values {
            true if !has(|piece| matches!(piece, Piece::Value)) => {
                Err(format!("{text}: the files need different names: put {{value}} in it"))
            }
            false if !has(|piece| matches!(piece, Piece::Number(_))) => {
                Err(format!("{text}: the files need different names: put {{number}} in it"))
            }
            _ => Ok(Self(pieces)),
        }
    }

    /// Returns a value as a part of a name: other characters than letters, digits, `-`, `_`, `.`
    /// and blanks become `_`, and so does a full stop at the start.
    pub(super) fn value(&self, value: &str) -> String {
        let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
        let safe = value.trim().chars().take(LONGEST).enumerate();
        safe.map(|(at, c)| if is_safe(c) && (at > 0 || c != '.') { c } else { '_' }).collect()
    }

    /// Returns the name of a file.
    pub(super) fn name(&self, number: u64, value: &str) -> String {
        let mut name = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => name.push_str(text),
                // Writing to a string does not fail.
                Piece::Number(width) => drop(write!(name, "{number:0width$}")),
                Piece::Value => name.push_str(value),
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_from_numbers_and_values() {
        let part = Template::parse("out/part-{number:4}.mrc", false).unwrap();
        assert_eq!(part.name(7, ""), "out/part-0007.mrc");
        let by = Template::parse("{value}-{number}.mrc", true).unwrap();
        assert_eq!(by.name(12, &by.value("eng")), "eng-12.mrc");
    }

    #[test]
    fn a_value_cannot_lead_to_another_folder() {
        let by = Template::parse("{value}", true).unwrap();
        let cases =
            [("../../etc", "_._.._etc"), ("a/b\0", "a_b_"), ("Čapek, K.", "Čapek_ K."), ("", "")];
        for (value, safe) in cases {
            assert_eq!(by.value(value), safe);
        }
    }

    #[test]
    fn mistakes_are_reported() {
        let mistakes =
            [("a.mrc", false), ("a.mrc", true), ("{number", false), ("{number:0}", false)];
        for (text, by) in mistakes.into_iter().chain([("{x}", false), ("{value}{number}", false)]) {
            assert!(Template::parse(text, by).is_err(), "{text}");
        }
    }
}
